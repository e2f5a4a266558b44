import { randomBytes } from "node:crypto";
import type { Keyring } from "../keys/keyring.ts";
import { asciiWidth, withoutSeparators } from "../lib/typed-text.ts";
import type { KeyParts } from "../store/store.ts";
import type { VerificationMethod } from "./verification-method.ts";

export const recoveryCodeMethod = "RECOVERY_CODE";

const CODES = 8;
const CODE_LENGTH = 10;
/** Crockford's base 32, without I, L, O and U. @see https://www.crockford.com/base32.html */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = new RegExp(`^[${ALPHABET}]{${CODE_LENGTH}}$`);
/** Of 128 bits in RFC 4648's base 32, as codes were issued before. Those that are written down stay good. */
const LONG_CODE = /^[A-Z2-7]{26}$/;
/** Longer than a code with its separators is. */
const MAX_TYPED = 64;

/** Recovery codes: 50 bits each, each of use once. They stand in for a lost authenticator app. */
export function createRecoveryCode({ keyring }: { readonly keyring: Keyring }): VerificationMethod<string> {
  return {
    name: recoveryCodeMethod,
    strength: "medium",
    isBackup: true,
    isGuessable: false,
    isSingle: true,
    takesOneAnswer: false,
    isResponse: (response): response is string =>
      typeof response === "string" && response.length <= MAX_TYPED && readCode(response) !== undefined,
    verify({ authenticator: { userId, codeHashes = [] }, response }) {
      const parts = hashedParts(userId, readCode(response) ?? "");
      // Every hash is looked at, so that the time reveals nothing.
      const left = codeHashes.filter((hash) => !keyring.isHashOf(hash, parts));
      return left.length < codeHashes.length ? { codeHashes: left } : "answer_wrong";
    },
  };
}

/** Makes a new set: the codes for the user to keep, shown this once, and their hashes for the store. */
export function generateRecoveryCodes(
  keyring: Keyring,
  userId: string,
): { readonly codes: readonly string[]; readonly hashes: readonly string[] } {
  const codes = Array.from({ length: CODES }, generateCode);
  return {
    codes: codes.map((code) => `${code.slice(0, CODE_LENGTH / 2)}-${code.slice(CODE_LENGTH / 2)}`),
    hashes: codes.map((code) => keyring.hashCode(hashedParts(userId, code))),
  };
}

function generateCode(): string {
  // 256 is a multiple of 32, so that each letter is as likely.
  return [...randomBytes(CODE_LENGTH)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
}

/**
 * Reads a code as people type and paste it: in any case and width, with or without separators, and with letters for the digits
 * that they look like. `undefined` for what is no code.
 */
function readCode(typed: string): string | undefined {
  const text = withoutSeparators(asciiWidth(typed)).toUpperCase();
  if (LONG_CODE.test(text)) return text;
  const code = text.replaceAll("O", "0").replaceAll(/[IL]/g, "1");
  return CODE.test(code) ? code : undefined;
}

function hashedParts(userId: string, code: string): KeyParts {
  return ["recovery-code", userId, code];
}
