import * as v from "valibot";
import { nearest } from "../lib/nearest.ts";
import { option } from "./option.ts";

/**
 * The verification methods that there are, by Authsignal's names.
 * @see https://docs.authsignal.com/api-reference/server-api/track-action
 */
export const verificationMethodNames = [
  "APPLE_ID_TOKEN",
  "AUTHENTICATOR_APP",
  "DEVICE",
  "DIGITAL_CREDENTIAL",
  "EMAIL_MAGIC_LINK",
  "EMAIL_OTP",
  "GOOGLE_ID_TOKEN",
  "IDVERSE",
  "IN_APP",
  "IPROOV",
  "OIDC_PROVIDER",
  "ONFIDO",
  "PALM_BIOMETRICS_RR",
  "PASSKEY",
  "PUSH",
  "QR_CODE",
  "RECOVERY_CODE",
  "SECURITY_KEY",
  "SMS",
  "VERIFF",
  "WHATSAPP",
] as const;

/** The name of a verification method, as guards and policies accept it. */
export type VerificationMethodName = (typeof verificationMethodNames)[number];

/** What people call methods that have another name, in lower case and without separators. */
const otherNames: Readonly<Record<string, VerificationMethodName>> = Object.freeze({
  ...Object.create(null),
  app: "AUTHENTICATOR_APP",
  authenticator: "AUTHENTICATOR_APP",
  email: "EMAIL_OTP",
  emailcode: "EMAIL_OTP",
  fido2: "SECURITY_KEY",
  magiclink: "EMAIL_MAGIC_LINK",
  otp: "AUTHENTICATOR_APP",
  phone: "SMS",
  smsotp: "SMS",
  totp: "AUTHENTICATOR_APP",
  webauthn: "PASSKEY",
});

/** Finds the method that was probably meant by a word which names none. */
export function verificationMethodMeant(word: string): VerificationMethodName | undefined {
  const plain = plainName(word);
  const same = verificationMethodNames.find((name) => plainName(name) === plain);
  return same ?? otherNames[plain] ?? (nearest(word, verificationMethodNames) as VerificationMethodName | undefined);
}

function plainName(word: string): string {
  return word
    .slice(0, 80)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, "");
}

const known: ReadonlySet<unknown> = new Set(verificationMethodNames);

const methodSchema: v.GenericSchema = v.custom(
  (value) => known.has(value),
  ({ input }) => {
    const meant = typeof input === "string" ? verificationMethodMeant(input) : undefined;
    return `is not a verification method; ${meant === undefined ? "PASSKEY is one" : `did you mean ${meant}?`}`;
  },
);

/** The schema of an option that lists verification methods. */
export const verificationMethodsSchema: v.GenericSchema = option.listOf(methodSchema, {
  least: 1,
  of: "verification methods",
});
