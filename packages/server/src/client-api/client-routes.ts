import { type Engine, EngineError } from "@require-action/engine";
import { deviceCookie } from "@require-action/core/provider";
import { jsonReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import { forBrowser, masked, viewAuthenticators, viewVerification } from "./authenticator-view.ts";
import { bearerToken } from "./credentials.ts";
import { jwksRoutes } from "./jwks-route.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { securityKeyRoutes } from "./security-key-routes.ts";

/** Path segments of Authsignal's Client API, by verification method. */
const segments: ReadonlyMap<string, string> = new Map([
  ["AUTHENTICATOR_APP", "totp"],
  ["EMAIL_OTP", "email-otp"],
  ["SMS", "sms"],
  ["WHATSAPP", "whatsapp"],
  ["EMAIL_MAGIC_LINK", "email-magic-link"],
  ["RECOVERY_CODE", "recovery-code"],
]);

/** Those for which Authsignal's React components have a screen. That of a magic link shows no number to be typed. */
const reactMethods: ReadonlySet<string> = new Set(["PASSKEY", "SECURITY_KEY", "AUTHENTICATOR_APP", "SMS", "EMAIL_OTP"]);

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
  const built = new Set([
    ...offered.map(({ segment }) => segment),
    ...(hasPasskeys ? ["passkey", "security-key"] : []),
  ]);
  return [
    ...jwksRoutes(engine, tenantId),
    {
      method: "GET",
      path: "/user-authenticators",
      async handle({ request }) {
        const authenticators = await challenges.authenticators(bearerToken(request, tenantId));
        return (await viewAuthenticators(engine, authenticators)).map(forBrowser);
      },
    },
    {
      // What Authsignal's React components begin with.
      method: "POST",
      path: "/init",
      async handle({ request }) {
        const token = bearerToken(request, tenantId);
        const described = await challenges.describe(token);
        const { state, user } = described;
        const verificationMethods = described.verificationMethods.filter((method) => reactMethods.has(method));
        // They open the default whether they have a screen for it or not.
        const defaultVerificationMethod =
          verificationMethods.find((method) => method === described.defaultVerificationMethod) ??
          verificationMethods[0];
        if (state !== "CHALLENGE_REQUIRED") {
          throw new EngineError("challenge_not_open", "The action was allowed without a challenge.");
        }
        return { challengeOptions: { token, verificationMethods, defaultVerificationMethod, user: masked(user) } };
      },
    },
    {
      // Ours: what a UI of the application's own begins with.
      method: "POST",
      path: "/challenge/describe",
      async handle({ request }) {
        const { user, sentCodes, ...described } = await challenges.describe(bearerToken(request, tenantId));
        return { ...described, user: masked(user), sentCodes: sentCodes.map(masked) };
      },
    },
    {
      // Ours: for the browser whose answer came through, and its reply did not.
      method: "POST",
      path: "/result",
      handle: ({ request, body: { resultKey } }) => challenges.fetchResult(bearerToken(request, tenantId), resultKey),
    },
    {
      // "I did not ask for this", which Authsignal does not have.
      method: "POST",
      path: "/challenge/deny",
      async handle({ request }) {
        await challenges.deny(bearerToken(request, tenantId));
        return { success: true };
      },
    },
    {
      // Ours too. The secret is in the cookie only, where no script sees it.
      method: "POST",
      path: "/challenge/remember-device",
      async handle({ request }) {
        const secret = await challenges.rememberDevice(bearerToken(request, tenantId));
        const rememberedUntil = new Date(secret.expiresAt).toISOString();
        return jsonReply(200, { rememberedUntil }, { "set-cookie": deviceCookie(secret) });
      },
    },
    {
      method: "DELETE",
      path: "/user-authenticators/:userAuthenticatorId",
      async handle({ request, params }) {
        await challenges.removeAuthenticator(bearerToken(request, tenantId), params.get("userAuthenticatorId") ?? "");
        return { success: true };
      },
    },
    {
      // Ours: what the owner of a passkey calls it.
      method: "PATCH",
      path: "/user-authenticators/:userAuthenticatorId",
      async handle({ request, params, body: { name } }) {
        const id = params.get("userAuthenticatorId") ?? "";
        await challenges.renameAuthenticator(bearerToken(request, tenantId), id, name);
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
        // Of a link nothing is sent, and so the browser asks whether it was opened and matched, each second.
        path: `/verify/${segment}${method === "EMAIL_MAGIC_LINK" ? "/finalize" : ""}`,
        async handle({ request, body: { verificationCode, resultKeyHash } }) {
          const token = bearerToken(request, tenantId);
          try {
            return viewVerification(await challenges.verify(token, method, verificationCode, { resultKeyHash }));
          } catch (error) {
            if (isMistyped(error, verificationCode))
              return { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
            throw error;
          }
        },
      },
    ]),
    ...(hasPasskeys ? [...passkeyRoutes(engine, tenantId), ...securityKeyRoutes(engine, tenantId)] : []),
    ...unsupportedRoutes(built),
  ];
}

/**
 * True for a text that is no code at all: to whoever typed it, and to a page written for Authsignal, it is a wrong one. Where the
 * request itself is at fault, the error names the member.
 */
function isMistyped(error: unknown, typed: unknown): boolean {
  if (!(error instanceof EngineError) || error.reason !== "request_invalid" || error.field !== undefined) return false;
  return typeof typed === "string" && typed.trim() !== "";
}

/** Paths of Authsignal's Client API, by the segment that names a verification method. */
const paths: Readonly<Record<string, readonly string[]>> = {
  passkey: [
    "user-authenticators/passkey",
    "user-authenticators/passkey/registration-options",
    "user-authenticators/passkey/registration-options/web",
    "user-authenticators/passkey/authentication-options",
    "user-authenticators/passkey/authentication-options/web",
    "verify/passkey",
    "challenge",
    "challenge/web",
  ],
  totp: ["user-authenticators/totp", "verify/totp"],
  "email-otp": ["user-authenticators/email-otp", "challenge/email-otp", "verify/email-otp"],
  sms: ["user-authenticators/sms", "challenge/sms", "verify/sms"],
  whatsapp: ["user-authenticators/whatsapp", "challenge/whatsapp", "verify/whatsapp"],
  "email-magic-link": [
    "user-authenticators/email-magic-link",
    "challenge/email-magic-link",
    "verify/email-magic-link/finalize",
  ],
  "security-key": [
    "user-authenticators/security-key",
    "user-authenticators/security-key/registration-options",
    "user-authenticators/security-key/authentication-options",
    "verify/security-key",
  ],
  push: ["user-authenticators/push", "challenge/push", "verify/push"],
  "qr-code": ["user-authenticators/qr-code", "challenge/qr-code", "verify/qr-code"],
  "in-app": ["user-authenticators/in-app", "verify/in-app"],
};

/** Endpoints that Authsignal has and this engine does not offer: each says so, in a way that its SDK passes on. */
function unsupportedRoutes(offered: ReadonlySet<string>): readonly Route[] {
  return Object.entries(paths)
    .filter(([segment]) => !offered.has(segment))
    .flatMap(([segment, ofMethod]) =>
      ofMethod.map((path): Route => ({
        method: "POST",
        path: `/${path}`,
        handle: () =>
          Promise.reject(new EngineError("verification_method_unknown", `The method ${segment} is not offered here.`)),
      })),
    );
}
