/**
 * How a method is answered: with a passkey; with a code of the user's own device; with a code or a link that is sent; with one of
 * the user's recovery codes.
 */
export type ChallengeMethodKind = "passkey" | "own-code" | "sent-code" | "sent-link" | "recovery-code";

/** How to speak of a method to the Client API. */
interface MethodOnTheWire {
  readonly kind: ChallengeMethodKind;
  /** Its name in the paths. */
  readonly segment: string;
  /** Where the user's own address for it stands. */
  readonly address?: "email" | "phoneNumber";
}

/** The verification methods that challenges can be completed with here, by Authsignal's names. */
export const methodsOnTheWire: ReadonlyMap<string, MethodOnTheWire> = new Map<string, MethodOnTheWire>([
  ["PASSKEY", { kind: "passkey", segment: "passkey" }],
  ["AUTHENTICATOR_APP", { kind: "own-code", segment: "totp" }],
  ["SMS", { kind: "sent-code", segment: "sms", address: "phoneNumber" }],
  ["WHATSAPP", { kind: "sent-code", segment: "whatsapp", address: "phoneNumber" }],
  ["EMAIL_OTP", { kind: "sent-code", segment: "email-otp", address: "email" }],
  ["EMAIL_MAGIC_LINK", { kind: "sent-link", segment: "email-magic-link", address: "email" }],
  ["RECOVERY_CODE", { kind: "recovery-code", segment: "recovery-code" }],
]);
