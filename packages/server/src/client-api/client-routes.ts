import type { Engine } from "@require-action/engine";
import { bearerToken } from "./credentials.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import type { Route } from "../http/router.ts";
import { unsupportedRoutes } from "./unsupported-routes.ts";

/** Path segments of Authsignal's Client API, by verification method. */
const segments: ReadonlyMap<string, string> = new Map([
  ["AUTHENTICATOR_APP", "totp"],
  ["EMAIL_OTP", "email-otp"],
  ["SMS", "sms"],
  ["RECOVERY_CODE", "recovery-code"],
]);

/**
 * The endpoints that a browser calls with its token, for the methods that the engine offers.
 * @see https://docs.authsignal.com/sdks/client/web
 */
export function clientRoutes(engine: Engine, tenantId: string): readonly Route[] {
  const { challenges, verificationMethods } = engine;
  const offered = verificationMethods.flatMap(({ name: method }) => {
    const segment = segments.get(method);
    return segment === undefined ? [] : [{ method, segment }];
  });
  const hasPasskeys = verificationMethods.some(({ name }) => name === "PASSKEY");
  const built = new Set([...offered.map(({ segment }) => segment), ...(hasPasskeys ? ["passkey"] : [])]);
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
    ...(hasPasskeys ? passkeyRoutes(engine, tenantId) : []),
    ...unsupportedRoutes(built),
  ];
}
