import { randomInt } from "node:crypto";
import { deliver, type Delivery } from "../delivery.ts";
import { isEmailAddress } from "../email-address.ts";
import { EngineError } from "../engine-error.ts";
import type { Keyring } from "../keyring.ts";
import type { KeyParts } from "../store/key.ts";
import type { VerificationMethod } from "./verification-method.ts";

const DIGITS = 6;

/**
 * The e-mail code: low strength, since whoever reads the mailbox has it. A policy refuses it by not listing it.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.1
 */
export function createEmailCode({
  keyring,
  sendEmail,
  timeoutMs,
}: {
  readonly keyring: Keyring;
  readonly sendEmail: NonNullable<Delivery["sendEmail"]>;
  readonly timeoutMs: number;
}): VerificationMethod {
  return {
    name: "EMAIL_OTP",
    strength: "low",
    isBackup: false,
    isSingle: true,
    enroll({ user, input: { email } }) {
      // The address that the application vouches for decides; a client may name one only where there is none.
      const address = user?.email ?? email;
      if (!isEmailAddress(address) || (email !== undefined && email !== address)) {
        throw new EngineError("request_invalid", "email is missing, or not the user's address.");
      }
      return { fields: { email: address }, reply: {} };
    },
    adopt({ input: { email } }) {
      if (!isEmailAddress(email)) throw new EngineError("request_invalid", "email is not one plain address.");
      return { email };
    },
    ask({ challengeId, authenticator: { userId, email = "" }, action, purpose, expiresAt }) {
      const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
      return {
        expected: keyring.hashCode(hashedParts(challengeId, code)),
        deliver: () =>
          deliver(
            sendEmail,
            {
              to: email,
              code,
              purpose,
              userId,
              action: action.action,
              custom: action.attributes.custom ?? {},
              expiresAt,
              locale: action.attributes.locale,
            },
            timeoutMs,
          ),
      };
    },
    isResponse: (response): response is string => typeof response === "string" && /^\d{6}$/.test(response),
    verify: ({ response, challenge }) =>
      challenge !== undefined && keyring.isHashOf(challenge.expected, hashedParts(challenge.challengeId, response))
        ? {}
        : undefined,
  };
}

/** The challenge is part of the hash, so equal codes of two challenges do not look equal in a store. */
function hashedParts(challengeId: string, code: string): KeyParts {
  return ["email-code", challengeId, code];
}
