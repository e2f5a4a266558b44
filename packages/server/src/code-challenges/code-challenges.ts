import { randomInt } from "node:crypto";
import type { Clock } from "@require-action/core";
import { type CodeSource, type Delivery, type Engine, EngineError, type Store } from "@require-action/engine";
import { createAddressLimits, deliver, pickFields, readTypedCode } from "@require-action/engine/server";
import type { ServerKeys } from "../secrets/server-keys.ts";
import { type CodeChallenge, type CodeMethod, createChallengeSlots, type StoredChallenge } from "./challenge-slots.ts";

const MINUTE = 60_000;
const CODE_LIFETIME_MS = 5 * MINUTE;
const CLAIM_LIFETIME_MS = 10 * MINUTE;
const DIGITS = 6;
const DELIVERY_TIMEOUT_MS = 10_000;

/** What became of a code. */
type CodeVerification =
  | { readonly isVerified: true; readonly challenge: CodeChallenge }
  | { readonly isVerified: false; readonly failureReason: "CODE_INVALID_OR_EXPIRED" | "MAX_ATTEMPTS_EXCEEDED" };

/** Codes to addresses, begun by the application's backend before it knows whose they are. */
export interface CodeChallenges {
  /** @throws EngineError `verification_method_unknown`, `too_many_sends`, `delivery_failed` */
  begin(request: Omit<CodeChallenge, "challengeId" | "expiresAt">): Promise<CodeChallenge>;
  /** Sends another code, and the one before is void; `undefined` when the challenge is not open. @throws as {@link begin} */
  resend(challengeId: string): Promise<CodeChallenge | undefined>;
  /** Takes a code; the right one is of use once. */
  verify(challengeId: string, code: string): Promise<CodeVerification>;
  /** Finds a challenge that is open, or verified and not claimed. */
  find(challengeId: string): Promise<CodeChallenge | undefined>;
  /** Finds a user's last one for an action. */
  findLast(action: string, userId: string): Promise<CodeChallenge | undefined>;
  /** Finds a verified challenge that nobody has claimed. */
  findVerified(challengeId: string): Promise<StoredChallenge | undefined>;
  /** Claims it; true for one caller only. */
  claim(verified: StoredChallenge): Promise<boolean>;
}

export function createCodeChallenges(
  store: Store,
  delivery: Delivery,
  { shownDataPoints }: Pick<Engine, "shownDataPoints">,
  clock: Clock,
  keys: () => ServerKeys,
): CodeChallenges {
  const slots = createChallengeSlots(store, clock, keys);
  const limits = createCodeLimits(store, clock);
  const senders = new Map<CodeMethod, Delivery["sendEmail"]>([
    ["EMAIL_OTP", delivery.sendEmail],
    ["SMS", delivery.sendSms],
    ["WHATSAPP", delivery.sendWhatsApp],
  ]);

  async function send(open: CodeChallenge): Promise<CodeChallenge> {
    const { verificationMethod, address, action, userId, attributes, challengeId, idempotencyKey } = open;
    const sender = senders.get(verificationMethod);
    if (sender === undefined) throw new EngineError("verification_method_unknown", "Nothing here sends such codes.");
    await limits.countSend(open);
    const code = String(randomInt(10 ** DIGITS)).padStart(DIGITS, "0");
    const expiresAt = clock.now() + CODE_LIFETIME_MS;
    const challenge = { ...open, expiresAt };
    await slots.put("pending", challenge, keys().hash("code", [challengeId, code]), "challenge.sent");
    const { locale, ipAddress, userAgent } = attributes;
    // Nobody has said what is bound, so the policy alone says what the message may show.
    const custom = pickFields(attributes.custom, shownDataPoints("action"));
    const message = {
      to: address,
      code,
      purpose: "challenge",
      userId: userId ?? "",
      action,
      custom,
      expiresAt,
      locale,
      idempotencyKey,
      ipAddress,
      userAgent,
    } as const;
    await deliver(sender, message, DELIVERY_TIMEOUT_MS);
    return challenge;
  }

  async function refuse({ action, userId, verificationMethod }: CodeChallenge, reason: string): Promise<void> {
    const owner = userId === undefined ? {} : { userId };
    await store.appendEvent({
      type: "challenge.refused",
      at: clock.now(),
      action,
      verificationMethod,
      reason,
      ...owner,
    });
  }

  async function either(
    find: (slot: "pending" | "verified") => Promise<StoredChallenge | undefined>,
  ): Promise<CodeChallenge | undefined> {
    return ((await find("pending")) ?? (await find("verified")))?.challenge;
  }

  return {
    begin: (request) => send({ ...request, challengeId: slots.newId(request.action, request.userId), expiresAt: 0 }),
    async resend(challengeId) {
      const pending = await slots.find("pending", challengeId);
      return pending && send(pending.challenge);
    },
    async verify(challengeId, code) {
      const pending = await slots.find("pending", challengeId);
      if (pending === undefined) return { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
      const { challenge, codeHash } = pending;
      if (!(await limits.mayAnswer(challenge))) {
        await refuse(challenge, "too_many_attempts");
        return { isVerified: false, failureReason: "MAX_ATTEMPTS_EXCEEDED" };
      }
      const typed = readTypedCode(code, DIGITS) ?? "";
      const isRight = keys().isHashOf(codeHash, "code", [challengeId, typed]);
      if (!isRight || !(await slots.take(pending))) {
        await limits.countWrong(challenge);
        await refuse(challenge, isRight ? "answer_used" : "answer_wrong");
        return { isVerified: false, failureReason: "CODE_INVALID_OR_EXPIRED" };
      }
      const verified = { ...challenge, expiresAt: clock.now() + CLAIM_LIFETIME_MS };
      await slots.put("verified", verified, "", "challenge.verified");
      await limits.proved(challenge);
      return { isVerified: true, challenge: verified };
    },
    find: (challengeId) => either((slot) => slots.find(slot, challengeId)),
    findLast: (action, userId) => either((slot) => slots.findLast(slot, action, userId)),
    findVerified: (challengeId) => slots.find("verified", challengeId),
    claim: (verified) => slots.take(verified),
  };
}

const SENDS = 5;
const SEND_WINDOW_MS = 10 * 60_000;

/**
 * What limits guessing and sending. Counted by mailbox, over all challenges: a new code gives no new attempts, and no
 * address is flooded. What strangers ask for is counted apart from what comes from where the address was proved before.
 */
interface CodeLimits {
  /** Counts an answer before it is compared; false when there were too many. */
  mayAnswer(challenge: CodeChallenge): Promise<boolean>;
  /** Counts a wrong answer, once compared. */
  countWrong(challenge: CodeChallenge): Promise<void>;
  /** After a right answer. */
  proved(challenge: CodeChallenge): Promise<void>;
  /** @throws EngineError `too_many_sends` */
  countSend(challenge: CodeChallenge): Promise<void>;
}

function createCodeLimits(store: Store, clock: Clock): CodeLimits {
  const addresses = createAddressLimits({ store, clock, append: (event) => store.appendEvent(event) });
  return {
    mayAnswer: async (challenge) => (await addresses.countAnswer(challenge, sourceOf(challenge))).allowed,
    countWrong: (challenge) => {
      const { action, userId } = challenge;
      return addresses.countWrong(challenge, sourceOf(challenge), {
        action,
        ...(userId === undefined ? {} : { userId }),
      });
    },
    proved: (challenge) => addresses.proved(challenge, sourceOf(challenge)),
    async countSend(challenge) {
      const { allowed, endsAt } = await addresses.countSend(challenge, sourceOf(challenge), SENDS, SEND_WINDOW_MS);
      if (allowed) return;
      throw new EngineError("too_many_sends", "Too many codes were sent. Wait.", {
        retryAfterSeconds: Math.ceil((endsAt - clock.now()) / 1000),
      });
    },
  };
}

function sourceOf({ attributes: { deviceId, ipAddress } }: CodeChallenge): CodeSource {
  return { deviceId, ipAddress };
}
