import { randomBytes, timingSafeEqual } from "node:crypto";
import { HOTP, Secret, TOTP, URI } from "otpauth";
import { EngineError } from "../lib/engine-error.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { VerificationMethod } from "./verification-method.ts";

const SECRET_BYTES = 20;
/** @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.4 */
const MIN_SECRET_BYTES = 14;
const STEP_MS = 30_000;
const DIGITS = 6;
/** One step for delay; a code of the future has no honest way to be here. */
const PAST_STEPS = 1;
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
    adopt({ userId, userAuthenticatorId, input: { otpUri } }) {
      const bytes = readOtpUri(otpUri);
      return { sealedSecret: keyring.seal(bytes, secretOwner(userId, userAuthenticatorId)) };
    },
    isResponse: (response): response is string => typeof response === "string" && /^\d{6}$/.test(response),
    verify({ authenticator, response, now }) {
      const { userId, userAuthenticatorId, sealedSecret = "", lastStep = -1 } = authenticator;
      const owner = secretOwner(userId, userAuthenticatorId);
      const bytes = keyring.open(sealedSecret, owner);
      if (bytes === undefined) return "answer_wrong";
      const secret = new Secret({ buffer: new Uint8Array(bytes).buffer });
      const current = Math.floor(now / STEP_MS);
      let accepted: number | undefined;
      for (let step = current - PAST_STEPS; step <= current; step++) {
        const code = HOTP.generate({ secret, algorithm: ALGORITHM, digits: DIGITS, counter: step });
        if (timingSafeEqual(Buffer.from(code), Buffer.from(response)) && step > lastStep) accepted = step;
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

/** The secret of an `otpauth://` URI that has our parameters, of at least 112 bits. */
function readOtpUri(uri: unknown): Uint8Array {
  let parsed: unknown;
  try {
    parsed = typeof uri === "string" ? URI.parse(uri) : undefined;
  } catch {
    parsed = undefined;
  }
  if (
    !(parsed instanceof TOTP) ||
    parsed.algorithm !== ALGORITHM ||
    parsed.digits !== DIGITS ||
    parsed.period * 1000 !== STEP_MS ||
    parsed.secret.bytes.byteLength < MIN_SECRET_BYTES
  ) {
    throw new EngineError(
      "request_invalid",
      "otpUri must be a TOTP URI: SHA1, 6 digits, 30 s, a secret of 112 bits or more.",
    );
  }
  return parsed.secret.bytes;
}

/** Apps show the issuer above the code, so of a URL they are given the host. */
function displayName(issuer: string): string {
  return (URL.canParse(issuer) && new URL(issuer).host) || issuer;
}
