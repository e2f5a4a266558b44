import { EngineError } from "@require-action/engine";
import type { Route } from "../http/router.ts";

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
  whatsapp: ["challenge/whatsapp", "verify/whatsapp"],
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
export function unsupportedRoutes(offered: ReadonlySet<string>): readonly Route[] {
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
