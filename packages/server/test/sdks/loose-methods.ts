import type { Given, Operation } from "./operations.ts";
import type { SdkMethod, SdkRequest } from "./sdk.ts";

/** What the SDKs for PHP, Python and Ruby share: members of answers are read by whoever calls. */
export interface LooseSdk {
  /** As its language writes an id into a path. */
  readonly segment: (id: string) => string;
  readonly update: "PATCH" | "POST";
  readonly nameOf: (operation: Operation) => string;
}

/** The methods that all three have. */
export function looseMethods(sdk: LooseSdk): Readonly<Partial<Record<Operation, SdkMethod>>> {
  const { segment, nameOf } = sdk;
  const method = (
    operation: Operation,
    request: (given: Given) => SdkRequest,
  ): Partial<Record<Operation, SdkMethod>> => ({
    [operation]: { name: nameOf(operation), request, answer: "any" },
  });
  const user = ({ userId }: Given): string => `/users/${segment(userId)}`;
  const action = (given: Given): string =>
    `${user(given)}/actions/${segment(given.action)}/${segment(given.idempotencyKey)}`;

  return {
    ...method("getUser", (given) => ({ method: "GET", path: user(given) })),
    ...method("updateUser", (given) => ({
      method: sdk.update,
      path: user(given),
      body: { email: given.email, displayName: "Alice", custom: { plan: "gold" } },
    })),
    ...method("deleteUser", (given) => ({ method: "DELETE", path: user(given) })),
    ...method("getAuthenticators", (given) => ({ method: "GET", path: `${user(given)}/authenticators` })),
    ...method("enrollVerifiedAuthenticator", (given) => ({
      method: "POST",
      path: `${user(given)}/authenticators`,
      body: { verificationMethod: "EMAIL_OTP", email: given.email },
    })),
    ...method("deleteAuthenticator", (given) => ({
      method: "DELETE",
      path: `${user(given)}/authenticators/${segment(given.userAuthenticatorId)}`,
    })),
    ...method("track", (given) => ({
      method: "POST",
      path: `${user(given)}/actions/${segment(given.action)}`,
      body: {
        idempotencyKey: given.idempotencyKey,
        deviceId: "device-1",
        custom: { amount: "25.50", payee: "bob" },
      },
    })),
    ...method("validateChallenge", ({ token, userId, action: code }) => ({
      method: "POST",
      path: "/validate",
      body: { userId, action: code, token },
    })),
    ...method("getAction", (given) => ({ method: "GET", path: action(given) })),
    ...method("updateAction", (given) => ({ method: "PATCH", path: action(given), body: { state: "BLOCK" } })),
  };
}

/** `queryUsers`, which PHP and Python have. */
export function queryUsers(name: string): SdkMethod {
  const request = ({ email }: Given): SdkRequest => ({
    method: "GET",
    path: `/users?${new URLSearchParams({ email, limit: "5" }).toString()}`,
  });
  return { name, request, answer: "any" };
}

/** Fails unless the answer has members, as the SDK would. */
export function asRecord(json: unknown): Record<string, unknown> {
  if (typeof json !== "object" || json === null) throw new TypeError("The answer is not a record.");
  return json as Record<string, unknown>;
}
