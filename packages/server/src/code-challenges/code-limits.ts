import type { Clock } from "@require-action/core";
import { type CodeSource, EngineError, type Store } from "@require-action/engine";
import { createAddressLimits } from "@require-action/engine/server";
import type { CodeChallenge } from "./code-challenge.ts";

const MINUTE = 60_000;
const SENDS = 5;
const SEND_WINDOW_MS = 10 * MINUTE;

/**
 * What limits guessing and sending. Counted by mailbox, over all challenges: a new code gives no new attempts, and no
 * address is flooded. What strangers ask for is counted apart from what comes from where the address was proved before.
 */
export interface CodeLimits {
  /** Counts an answer before it is compared; false when there were too many. */
  mayAnswer(challenge: CodeChallenge): Promise<boolean>;
  /** Counts a wrong answer, once compared. */
  countWrong(challenge: CodeChallenge): Promise<void>;
  /** After a right answer. */
  proved(challenge: CodeChallenge): Promise<void>;
  /** @throws EngineError `too_many_sends` */
  countSend(challenge: CodeChallenge): Promise<void>;
}

export function createCodeLimits(store: Store, clock: Clock): CodeLimits {
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
