import { HOTP, Secret } from "otpauth";

/** The code that an authenticator app with this secret, in Base32, shows at a time. */
export function codeAt(secret: string, now: number): string {
  const counter = Math.floor(now / 30_000);
  return HOTP.generate({ secret: Secret.fromBase32(secret), algorithm: "SHA1", digits: 6, counter });
}

/** A six-digit code that is not this one. */
export function otherThan(code: string): string {
  return code === "000000" ? "000001" : "000000";
}
