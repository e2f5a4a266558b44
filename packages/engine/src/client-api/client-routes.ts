import type { Engine } from "../engine.ts";
import { bearerToken } from "./credentials.ts";
import type { Route } from "./router.ts";

/** Path segments of Authsignal's Client API, by verification method. */
const segments: ReadonlyMap<string, string> = new Map([
  ["AUTHENTICATOR_APP", "totp"],
  ["EMAIL_OTP", "email-otp"],
  ["RECOVERY_CODE", "recovery-code"],
]);

/**
 * The endpoints that a browser calls with its token, for the methods that the engine offers.
 * @see https://docs.authsignal.com/sdks/client/web
 */
export function clientRoutes({ challenges, verificationMethods }: Engine, tenantId: string): readonly Route[] {
  const offered = verificationMethods.flatMap(({ name: method }) => {
    const segment = segments.get(method);
    return segment === undefined ? [] : [{ method, segment }];
  });
  return [
    {
      method: "GET",
      path: "/user-authenticators",
      handle: ({ request }) => challenges.authenticators(bearerToken(request, tenantId)),
    },
    {
      method: "DELETE",
      path: "/user-authenticators/:userAuthenticatorId",
      async handle({ request, params }) {
        await challenges.removeAuthenticator(bearerToken(request, tenantId), params.get("userAuthenticatorId") ?? "");
        return { success: true };
      },
    },
    ...offered.flatMap(({ method, segment }): Route[] => [
      {
        method: "POST",
        path: `/user-authenticators/${segment}`,
        handle: ({ request, body }) => challenges.enroll(bearerToken(request, tenantId), method, body),
      },
      {
        method: "POST",
        path: `/challenge/${segment}`,
        handle: ({ request }) => challenges.send(bearerToken(request, tenantId), method),
      },
      {
        method: "POST",
        path: `/verify/${segment}`,
        handle: ({ request, body: { verificationCode } }) =>
          challenges.verify(bearerToken(request, tenantId), method, verificationCode),
      },
    ]),
  ];
}
