import type { Clock } from "@require-action/core";
import { EngineError, type Store } from "@require-action/engine";
import type { CodeChallenge } from "./code-challenge.ts";

const MINUTE = 60_000;
const ANSWERS = 5;
const ANSWER_WINDOW_MS = 15 * MINUTE;
const SENDS = 5;
const SEND_WINDOW_MS = 10 * MINUTE;

/**
 * What limits guessing and sending. Counted by address, over all challenges: a new code gives no new attempts, and no
 * address is flooded.
 */
export interface CodeLimits {
  /** Counts an answer before it is compared; false when there were too many. */
  mayAnswer(challenge: CodeChallenge): Promise<boolean>;
  resetAnswers(challenge: CodeChallenge): Promise<void>;
  /** @throws EngineError `too_many_sends` */
  countSend(challenge: CodeChallenge): Promise<void>;
}

export function createCodeLimits(store: Store, clock: Clock): CodeLimits {
  return {
    async mayAnswer(challenge) {
      const { allowed } = await store.countAttempt(answersOf(challenge), ANSWERS, ANSWER_WINDOW_MS, clock.now());
      return allowed;
    },
    resetAnswers: (challenge) => store.resetAttempts(answersOf(challenge)),
    async countSend({ verificationMethod, address }) {
      const now = clock.now();
      const key = ["code-challenge-sends", verificationMethod, address.toLowerCase()];
      const { allowed, endsAt } = await store.countAttempt(key, SENDS, SEND_WINDOW_MS, now);
      if (allowed) return;
      throw new EngineError("too_many_sends", "Too many codes were sent. Wait.", {
        retryAfterSeconds: Math.ceil((endsAt - now) / 1000),
      });
    },
  };
}

function answersOf({ verificationMethod, address }: CodeChallenge): readonly string[] {
  return ["code-challenge-answers", verificationMethod, address.toLowerCase()];
}
