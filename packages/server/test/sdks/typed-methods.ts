import type { SdkMethod, SdkRequest } from "./sdk.ts";
import type { Given, Operation } from "./operations.ts";
import { membersOf, type Shape, states } from "./shapes.ts";

type Members = Readonly<Record<string, Shape>>;

/** What the SDKs for Java and .NET share: the same methods, with models that are alike. */
export interface TypedSdk {
  /** The enumeration of verification methods. */
  readonly methods: Shape;
  /** Of `custom` in what the SDK reads. */
  readonly custom: Shape;
  /** What the SDK takes `expiresAt` of a challenge for. */
  readonly challengeExpiry: Shape;
  readonly update: "PATCH" | "POST";
  readonly trackDefaults: object;
  readonly claimDefaults: object;
  readonly getChallenge: (challengeId: string) => SdkRequest;
  /** C# begins a method's name with a capital. */
  readonly nameOf: (operation: Operation) => string;
  readonly faults: Readonly<Partial<Record<Operation, string>>>;
}

/** The methods of a typed SDK. Both put ids into paths as they are. */
export function typedMethods(sdk: TypedSdk): Readonly<Partial<Record<Operation, SdkMethod>>> {
  const { methods, custom, challengeExpiry, nameOf } = sdk;
  const text = (...names: readonly string[]): Members => membersOf("string", names);
  const user = { ...text("email", "phoneNumber", "username", "displayName"), custom };
  const authenticator: Members = {
    ...text("userId", "userAuthenticatorId", "createdAt", "verifiedAt", "lastVerifiedAt"),
    ...text("phoneNumber", "email", "username", "displayName"),
    verificationMethod: methods,
  };
  const tokens = text("accessToken", "refreshToken");

  const method = (
    operation: Operation,
    request: (given: Given) => SdkRequest,
    answer?: Members | { readonly listOf: Shape },
  ): Partial<Record<Operation, SdkMethod>> => {
    const fault = sdk.faults[operation];
    const shape = answer && ("listOf" in answer && typeof answer.listOf === "object" ? answer : { members: answer });
    return {
      [operation]: {
        name: nameOf(operation),
        request,
        ...(shape === undefined ? {} : { answer: shape as Shape }),
        ...(operation === "validateChallenge" ? { actionIs: "actionCode" } : {}),
        ...(fault === undefined ? {} : { fault }),
        // Neither has a member for it.
        ...(operation === "createSession" ? { strictFault: "names no `action`" } : {}),
      },
    };
  };
  const userPath = ({ userId }: Given): string => `/users/${userId}`;
  const actionPath = (given: Given): string => `${userPath(given)}/actions/${given.action}/${given.idempotencyKey}`;
  const post = (path: string, body: object): SdkRequest => ({ method: "POST", path, body });

  return {
    ...method("getUser", (given) => ({ method: "GET", path: userPath(given) }), {
      ...user,
      isEnrolled: "boolean",
      allowedVerificationMethods: { listOf: methods },
      enrolledVerificationMethods: { listOf: methods },
      defaultVerificationMethod: methods,
    }),
    ...method(
      "queryUsers",
      ({ email }) => ({ method: "GET", path: `/users?email=${encodeURIComponent(email)}&limit=5` }),
      {
        users: {
          listOf: {
            members: {
              ...text("userId", "email", "phoneNumber", "username"),
              ...membersOf("boolean", ["emailVerified", "phoneNumberVerified"]),
            },
          },
        },
        lastEvaluatedUserId: "string",
      },
    ),
    ...method(
      "updateUser",
      (given) => ({
        method: sdk.update,
        path: userPath(given),
        body: { email: given.email, displayName: "Alice", custom: { plan: "gold" } },
      }),
      user,
    ),
    ...method("deleteUser", (given) => ({ method: "DELETE", path: userPath(given) })),
    ...method("getAuthenticators", (given) => ({ method: "GET", path: `${userPath(given)}/authenticators` }), {
      listOf: { members: authenticator },
    }),
    ...method(
      "enrollVerifiedAuthenticator",
      (given) => post(`${userPath(given)}/authenticators`, { verificationMethod: "EMAIL_OTP", email: given.email }),
      { authenticator: { members: authenticator }, recoveryCodes: { listOf: "string" } },
    ),
    ...method("deleteAuthenticator", (given) => ({
      method: "DELETE",
      path: `${userPath(given)}/authenticators/${given.userAuthenticatorId}`,
    })),
    ...method(
      "track",
      (given) =>
        post(`${userPath(given)}/actions/${given.action}`, {
          idempotencyKey: given.idempotencyKey,
          deviceId: "device-1",
          custom: { amount: "25.50", payee: "bob" },
          ...sdk.trackDefaults,
        }),
      {
        ...text("idempotencyKey", "url", "token"),
        state: states,
        isEnrolled: "boolean",
        allowedVerificationMethods: { listOf: methods },
        enrolledVerificationMethods: { listOf: methods },
        defaultVerificationMethod: methods,
        ruleIds: { listOf: "string" },
      },
    ),
    ...method("validateChallenge", ({ token, userId, action }) => post("/validate", { token, userId, action }), {
      isValid: "boolean",
      state: states,
      // As `action`: both SDKs still read the older name.
      ...text("stateUpdatedAt", "userId", "actionCode", "idempotencyKey"),
      verificationMethod: methods,
    }),
    ...method("getAction", (given) => ({ method: "GET", path: actionPath(given) }), {
      state: states,
      ...text("createdAt", "stateUpdatedAt"),
      verificationMethod: methods,
      rules: { listOf: { members: text("ruleId", "name", "description") } },
    }),
    ...method(
      "queryUserActions",
      (given) => ({
        method: "GET",
        path: `${userPath(given)}/actions?fromDate=2026-01-01T00%3A00%3A00Z&codes=${given.action}&state=CHALLENGE_REQUIRED`,
      }),
      {
        listOf: {
          members: {
            ...text("actionCode", "idempotencyKey", "createdAt", "updatedAt", "stateUpdatedAt"),
            state: states,
            verificationMethod: methods,
            verifiedByAuthenticatorId: "string",
          },
        },
      },
    ),
    ...method("updateAction", (given) => ({ method: "PATCH", path: actionPath(given), body: { state: "BLOCK" } }), {
      state: states,
    }),
    ...method(
      "challenge",
      ({ action, email }) => post("/challenge", { verificationMethod: "EMAIL_OTP", action, email }),
      { ...text("challengeId", "idempotencyKey"), expiresAt: challengeExpiry },
    ),
    ...method("verify", ({ challengeId, verificationCode }) => post("/verify", { challengeId, verificationCode }), {
      isVerified: "boolean",
      ...text("email", "phoneNumber"),
      verificationMethod: methods,
    }),
    ...method(
      "claimChallenge",
      ({ challengeId, userId }) => post("/claim", { challengeId, userId, ...sdk.claimDefaults }),
      { token: "string", verificationMethod: methods },
    ),
    ...method("getChallenge", ({ challengeId }) => sdk.getChallenge(challengeId), {
      ...text("challengeId", "phoneNumber", "email", "action"),
      expiresAt: challengeExpiry,
      verificationMethod: methods,
      smsChannel: { oneOf: ["DEFAULT", "WHATSAPP"] },
    }),
    ...method("createSession", ({ token }) => post("/sessions", { clientId: "web", token }), tokens),
    ...method("validateSession", ({ accessToken }) => post("/sessions/validate", { accessToken, clientIds: ["web"] }), {
      user: { members: { ...user, userId: "string" } },
      expiresAt: "int32",
    }),
    ...method("refreshSession", ({ refreshToken }) => post("/sessions/refresh", { refreshToken }), tokens),
    ...method("revokeSession", ({ accessToken }) => post("/sessions/revoke", { accessToken })),
    ...method("revokeUserSessions", ({ userId }) => post("/sessions/user/revoke", { userId })),
  };
}
