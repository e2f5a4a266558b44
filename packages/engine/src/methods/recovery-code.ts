import { randomBytes } from "node:crypto";
import { Secret } from "otpauth";
import type { Keyring } from "../keys/keyring.ts";
import { asciiWidth, withoutSeparators } from "../lib/typed-text.ts";
import type { KeyParts } from "../store/store.ts";
import type { VerificationMethod } from "./verification-method.ts";

export const recoveryCodeMethod = "RECOVERY_CODE";

const CODES = 8;
const CODE_BYTES = 16;
const CODE_LENGTH = 26;

/** Recovery codes: 128 bits each, each of use once. They stand in for a lost authenticator app. */
export function createRecoveryCode({ keyring }: { readonly keyring: Keyring }): VerificationMethod<string> {
  return {
    name: recoveryCodeMethod,
    strength: "medium",
    isBackup: true,
    isGuessable: false,
    isSingle: true,
    takesOneAnswer: false,
    isResponse: (response): response is string =>
      typeof response === "string" && response.length <= 64 && plain(response).length === CODE_LENGTH,
    verify({ authenticator: { userId, codeHashes = [] }, response }) {
      const parts = hashedParts(userId, plain(response));
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
  const codes = Array.from({ length: CODES }, () => {
    const text = new Secret({ buffer: new Uint8Array(randomBytes(CODE_BYTES)).buffer }).base32;
    return (text.match(/.{1,5}/g) ?? []).join("-");
  });
  return { codes, hashes: codes.map((code) => keyring.hashCode(hashedParts(userId, plain(code)))) };
}

/** As typed and pasted by people: in any case and width, with or without the dashes. */
function plain(response: string): string {
  return withoutSeparators(asciiWidth(response)).toUpperCase();
}

function hashedParts(userId: string, code: string): KeyParts {
  return ["recovery-code", userId, code];
}
