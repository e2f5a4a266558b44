import { randomInt } from "node:crypto";
import type { Keyring } from "../keys/keyring.ts";
import { isSameAddress } from "../lib/address.ts";
import { EngineError } from "../lib/engine-error.ts";
import { isAbsent, parseProfileField, profileFields } from "../lib/profile.ts";
import { readTypedCode } from "../lib/typed-text.ts";
import type { ActionKey } from "../store/records.ts";
import { shownFields } from "../receipts/shown-fields.ts";
import { type CodeMessage, deliver, type Delivery } from "./delivery.ts";
import type { Strength, VerificationMethod } from "./verification-method.ts";

const DIGITS = 6;

/** How codes get to their owner. */
export interface Channel {
  readonly name: string;
  readonly strength: Strength;
  /** Where a user or an authenticator has its address. */
  readonly field: "email" | "phoneNumber";
  readonly send: (message: CodeMessage, signal: AbortSignal) => void | Promise<void>;
}

/** A code that is sent: six digits, under a keyed hash in the store, of use once. */
export function createDeliveredCode({
  channel: { name, strength, field, send },
  keyring,
  denyUrl,
  timeoutMs,
}: {
  readonly channel: Channel;
  readonly keyring: Keyring;
  /** Where a reader who did not ask for the action can say so. */
  readonly denyUrl: (action: ActionKey) => string;
  readonly timeoutMs: number;
}): VerificationMethod<string> {
  // The challenge is part of the hash, so equal codes of two challenges do not look equal in a store.
  const hashedParts = (challengeId: string, code: string): readonly string[] => [name, challengeId, code];

  return {
    name,
    strength,
    isBackup: false,
    isGuessable: true,
    isSingle: true,
    addressField: field,
    takesOneAnswer: false,
    ...addressEnrollment(field),
    ask({ challengeId, authenticators: [{ userId, [field]: to = "" }], action, purpose, locale, expiresAt }) {
      const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
      const { ipAddress, userAgent } = action.attributes;
      const custom = shownFields(action);
      const { action: actionCode, idempotencyKey } = action;
      const about = { purpose, userId, action: actionCode, idempotencyKey, custom, ipAddress, userAgent } as const;
      // Whoever answers approves the action while it is open, by an enrolment too.
      const denial = action.state === "CHALLENGE_REQUIRED" ? { denyUrl: denyUrl(action) } : {};
      const message = { to, code, ...about, expiresAt, locale, ...denial };
      return {
        expected: keyring.hashCode(hashedParts(challengeId, code)),
        deliver: () => deliver(send, message, timeoutMs),
      };
    },
    isResponse: (response): response is string => readTypedCode(response, DIGITS) !== undefined,
    verify({ response, challenge }) {
      const code = readTypedCode(response, DIGITS);
      if (challenge === undefined || code === undefined) return "answer_wrong";
      return keyring.isHashOf(challenge.expected, hashedParts(challenge.challengeId, code)) ? {} : "answer_wrong";
    },
  };
}

/** How an address becomes an authenticator. */
export function addressEnrollment(field: Channel["field"]): Required<Pick<VerificationMethod, "enroll" | "adopt">> {
  return {
    enroll({ user, input: { [field]: given } }) {
      // The address that the application vouches for decides; a client may name one only where there is none.
      const vouched = user?.[field];
      const address = parseProfileField(field, vouched ?? given);
      if (!isAbsent(given) && !isSameAddress(profileFields[field].read(given) ?? "", address)) {
        throw new EngineError("request_invalid", `${field} is not the user's.`, { field });
      }
      return { fields: { [field]: address }, reply: {} };
    },
    adopt({ input: { [field]: address } }) {
      return { [field]: parseProfileField(field, address) };
    },
  };
}

/**
 * Codes by e-mail: low strength, since whoever reads the mailbox has them. A policy refuses them by not listing them.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.1
 */
export function emailChannel(send: NonNullable<Delivery["sendEmail"]>): Channel {
  return { name: "EMAIL_OTP", strength: "low", field: "email", send };
}

/**
 * Codes by SMS: low strength, since a number can be ported and its network tapped.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.3
 */
export function smsChannel(send: NonNullable<Delivery["sendSms"]>): Channel {
  return { name: "SMS", strength: "low", field: "phoneNumber", send };
}

/**
 * Codes by WhatsApp: low strength, since the account is taken over with the number.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.3
 */
export function whatsAppChannel(send: NonNullable<Delivery["sendWhatsApp"]>): Channel {
  return { name: "WHATSAPP", strength: "low", field: "phoneNumber", send };
}
