import type { Delivery } from "./delivery.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { Tokens } from "../keys/tokens.ts";
import type { EngineLimits } from "../lib/limits.ts";
import type { ActionKey } from "../store/records.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";
import { createAuthenticatorApp } from "./authenticator-app.ts";
import { createDeliveredCode, emailChannel, smsChannel, whatsAppChannel } from "./delivered-code.ts";
import { createMagicLink } from "./magic-link.ts";
import { createPasskey, createSecurityKey } from "./passkey.ts";
import { createRecoveryCode } from "./recovery-code.ts";
import type { VerificationMethod, VerificationMethods } from "./verification-method.ts";

/** The methods that an engine with these options can offer, strongest first. */
export function createVerificationMethods({
  keyring,
  tokens,
  issuer,
  baseUrl,
  delivery: { sendEmail, sendSms, sendWhatsApp, sendMagicLink },
  relyingParty,
  limits,
}: {
  readonly keyring: Keyring;
  readonly tokens: Pick<Tokens, "issue">;
  readonly issuer: string;
  readonly baseUrl: string;
  readonly delivery: Delivery;
  readonly relyingParty: RelyingParty | undefined;
  readonly limits: EngineLimits;
}): VerificationMethods {
  const channels = [
    ...(sendSms === undefined ? [] : [smsChannel(sendSms)]),
    ...(sendWhatsApp === undefined ? [] : [whatsAppChannel(sendWhatsApp)]),
    ...(sendEmail === undefined ? [] : [emailChannel(sendEmail)]),
  ];
  const denyUrl = (action: ActionKey): string => `${baseUrl}/deny?link=${tokens.issue("denial", action, "").token}`;
  const parts = { keyring, denyUrl, timeoutMs: limits.deliveryTimeoutMs };
  const credentialParts = relyingParty && { relyingParty, keyring, timeoutMs: limits.codeLifetimeMs };
  const credentialMethods =
    credentialParts === undefined ? [] : [createPasskey(credentialParts), createSecurityKey(credentialParts)];
  const offered: readonly VerificationMethod[] = [
    ...credentialMethods,
    createAuthenticatorApp({ keyring, issuer }),
    ...channels.map((channel) => createDeliveredCode({ channel, ...parts })),
    ...(sendMagicLink === undefined
      ? []
      : [createMagicLink({ send: sendMagicLink, baseUrl, keyring, timeoutMs: limits.deliveryTimeoutMs })]),
    createRecoveryCode({ keyring }),
  ];
  return new Map(offered.map((method) => [method.name, method]));
}
