import { Secret } from "otpauth";
import { EngineError } from "./engine-error.ts";

/** @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.4 */
const MIN_SECRET_BITS = 112;
/** As long as the secrets that authenticator apps began with. */
const MIN_SHORT_SECRET_BITS = 80;

/** Parameters that decide which codes are right; all others are names, images and colours. */
const DECIDING = ["secret", "algorithm", "digits", "period", "counter", "encoder"] as const;

export interface OtpauthTerms {
  /** Accepts secrets from 80 bits on. */
  readonly allowsShortSecret: boolean;
}

/**
 * Reads the secret of an `otpauth://totp/` URI as services and apps write it: with spaces, dashes and padding in the secret, in
 * any letter case, with `SHA-1` or `HmacSHA1` for the algorithm, without a label. What decides about codes must be what is
 * verified here, SHA-1, 6 digits and 30 seconds, and be there once.
 * @see https://github.com/google/google-authenticator/wiki/Key-Uri-Format
 * @throws EngineError `request_invalid` with one sentence for each cause; none holds a part of the URI
 */
export function parseOtpauthUri(given: unknown, { allowsShortSecret }: OtpauthTerms): Uint8Array {
  const { type, parameters } = readUri(given);
  if (type === "hotp") throw invalid("is of a code that counts (HOTP): only TOTP is supported");
  if (type !== "totp") throw invalid("is not of type totp");
  if (!isSha1(parameters.get("algorithm"))) throw invalid("has an algorithm other than SHA1");
  if (!isNumber(parameters.get("digits"), 6)) throw invalid("has a number of digits other than 6");
  if (!isNumber(parameters.get("period"), 30)) throw invalid("has a period other than 30 seconds");
  if ((parameters.get("encoder") ?? "") !== "") throw invalid("is of codes that are no digits, as Steam's");
  const secret = readSecret(parameters.get("secret"));
  const bits = secret.byteLength * 8;
  if (bits < MIN_SHORT_SECRET_BITS)
    throw invalid(`has a secret of ${bits} bits: at least ${MIN_SECRET_BITS} are needed`);
  if (bits < MIN_SECRET_BITS && !allowsShortSecret) {
    throw invalid(`has a secret of ${bits} bits, below ${MIN_SECRET_BITS}: say allowShortSecret to take it`);
  }
  return secret;
}

function readUri(given: unknown): { readonly type: string; readonly parameters: ReadonlyMap<string, string> } {
  if (typeof given !== "string" || given.length > 4_096) throw invalid("is missing, or no otpauth: URI");
  const text = given.trim();
  if (/^otpauth-migration:/i.test(text)) {
    throw invalid("is an export of several accounts (otpauth-migration): write each as an otpauth: URI");
  }
  const [, type = "", query = ""] = /^otpauth:\/\/([a-z]+)(?:\/[^?#]*)?(?:\?([^#]*))?(?:#.*)?$/i.exec(text) ?? [];
  if (type === "") throw invalid("is no otpauth: URI");
  const all = new URLSearchParams(query);
  const parameters = new Map<string, string>();
  for (const [name, value] of all) {
    const decider = DECIDING.find((one) => one === name.toLowerCase());
    if (decider === undefined) continue;
    if ((parameters.get(decider) ?? value) !== value) throw invalid(`has two values for ${decider}`);
    parameters.set(decider, value);
  }
  return { type: type.toLowerCase(), parameters };
}

function isSha1(algorithm: string | undefined): boolean {
  return algorithm === undefined || /^(?:hmac[-_ ]?)?sha[-_ ]?1$/i.test(algorithm.trim()) || algorithm.trim() === "";
}

function isNumber(text: string | undefined, expected: number): boolean {
  return text === undefined || text.trim() === "" || (/^\d{1,9}$/.test(text.trim()) && Number(text) === expected);
}

function readSecret(text: string | undefined): Uint8Array {
  const letters = (text ?? "").replaceAll(/[\s\p{Pd}=]/gu, "").toUpperCase();
  if (letters === "") throw invalid("has no secret");
  if (!/^[A-Z2-7]+$/.test(letters)) throw invalid("has a secret that is not in base32");
  return Secret.fromBase32(letters).bytes;
}

function invalid(problem: string): EngineError {
  return new EngineError("request_invalid", `otpUri ${problem}.`, { field: "otpUri" });
}
