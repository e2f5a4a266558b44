import type { Delivery } from "../delivery.ts";
import type { Keyring } from "../keyring.ts";
import type { EngineLimits } from "../limits.ts";
import { createAuthenticatorApp } from "./authenticator-app.ts";
import { createEmailCode } from "./email-code.ts";
import { createRecoveryCode } from "./recovery-code.ts";
import type { VerificationMethods } from "./verification-method.ts";

/** The methods that an engine with these options can offer, strongest first. */
export function createVerificationMethods({
  keyring,
  issuer,
  delivery: { sendEmail },
  limits,
}: {
  readonly keyring: Keyring;
  readonly issuer: string;
  readonly delivery: Delivery;
  readonly limits: EngineLimits;
}): VerificationMethods {
  const offered = [
    createAuthenticatorApp({ keyring, issuer }),
    ...(sendEmail === undefined ? [] : [createEmailCode({ keyring, sendEmail, timeoutMs: limits.deliveryTimeoutMs })]),
    createRecoveryCode({ keyring }),
  ];
  return new Map(offered.map((method) => [method.name, method]));
}
