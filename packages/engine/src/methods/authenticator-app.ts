import { randomBytes } from "node:crypto";
import { HOTP, Secret, TOTP } from "otpauth";
import { isEqual, type Keyring } from "../keys/keyring.ts";
import { parseOtpauthUri } from "../lib/otpauth-uri.ts";
import { readTypedCode } from "../lib/typed-text.ts";
import type { VerificationMethod } from "./verification-method.ts";

const SECRET_BYTES = 20;
const STEP_MS = 30_000;
const DIGITS = 6;
/** One step for delay. */
const PAST_STEPS = 1;
/** How far a phone's clock may be ahead: the code of the next step is right for so long before it begins. */
const AHEAD_MS = 15_000;
// What every authenticator app implements. HMAC-SHA-1 is not touched by the collisions of SHA-1.
const ALGORITHM = "SHA1";

/**
 * The authenticator app: time-based codes, each step accepted once.
 * @see https://www.rfc-editor.org/rfc/rfc6238#section-5.2
 */
export function createAuthenticatorApp({
  keyring,
  issuer,
}: {
  readonly keyring: Keyring;
  readonly issuer: string;
}): VerificationMethod<string> {
  return {
    name: "AUTHENTICATOR_APP",
    strength: "medium",
    isBackup: false,
    isGuessable: true,
    isSingle: true,
    takesOneAnswer: false,
    enroll({ userId, userAuthenticatorId, user }) {
      const bytes = randomBytes(SECRET_BYTES);
      const secret = new Secret({ buffer: new Uint8Array(bytes).buffer });
      const label = user?.username ?? user?.email ?? userId;
      const totp = new TOTP({ issuer: displayName(issuer), label, algorithm: ALGORITHM, digits: DIGITS, secret });
      return {
        fields: { sealedSecret: keyring.seal(bytes, secretOwner(userId, userAuthenticatorId)) },
        reply: { uri: totp.toString(), secret: secret.base32 },
      };
    },
    adopt({ userId, userAuthenticatorId, input: { otpUri, allowShortSecret } }) {
      const bytes = parseOtpauthUri(otpUri, { allowsShortSecret: allowShortSecret === true });
      return { sealedSecret: keyring.seal(bytes, secretOwner(userId, userAuthenticatorId)) };
    },
    isResponse: (response): response is string => readTypedCode(response, DIGITS) !== undefined,
    verify({ authenticator, response, now }) {
      const { userId, userAuthenticatorId, sealedSecret = "", lastStep = -1 } = authenticator;
      const owner = secretOwner(userId, userAuthenticatorId);
      const bytes = keyring.open(sealedSecret, owner);
      if (bytes === undefined) return "answer_wrong";
      const secret = new Secret({ buffer: new Uint8Array(bytes).buffer });
      const typed = Buffer.from(readTypedCode(response, DIGITS) ?? "");
      const current = Math.floor(now / STEP_MS);
      const last = Math.floor((now + AHEAD_MS) / STEP_MS);
      let accepted: number | undefined;
      for (let step = current - PAST_STEPS; step <= last; step++) {
        const code = HOTP.generate({ secret, algorithm: ALGORITHM, digits: DIGITS, counter: step });
        if (isEqual(Buffer.from(code), typed) && step > lastStep) accepted = step;
      }
      if (accepted === undefined) return "answer_wrong";
      // Secrets move on to the newest key as they are used.
      const isCurrent = keyring.isCurrent(sealedSecret);
      return { lastStep: accepted, ...(isCurrent ? {} : { sealedSecret: keyring.seal(bytes, owner) }) };
    },
  };
}

function secretOwner(userId: string, userAuthenticatorId: string): readonly string[] {
  return ["authenticator-app", userId, userAuthenticatorId];
}

/** Apps show the issuer above the code, so of a URL they are given the host. */
function displayName(issuer: string): string {
  return (URL.canParse(issuer) && new URL(issuer).host) || issuer;
}
