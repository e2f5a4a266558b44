import { setMaxListeners } from "node:events";
import type { ActionState, Awaitable, CustomValue } from "@require-action/core/provider";
import type { Engine } from "@require-action/engine";
import { ACTION } from "./subject-policy.ts";

/** What users would write themselves, by Authsignal's guide: it tracks, looks at the state, and binds nothing. */
export interface HandWritten {
  track(
    userId: string,
    custom: Readonly<Record<string, CustomValue>>,
    ipAddress: string,
    userAgent: string,
  ): Awaitable<{ readonly state: ActionState; readonly token?: string; readonly url?: string }>;
  /** Whether the challenge behind a token succeeded; whose it is and what it was for is not looked at. */
  validate(userId: string, token: string): Promise<boolean>;
}

/** Creates the hand-written code around an engine. */
export function createHandWritten(engine: Pick<Engine, "track" | "validateChallenge">): HandWritten {
  // The engine stops at a signal; by hand nobody makes one for each call.
  const options = { signal: new AbortController().signal };
  setMaxListeners(0, options.signal);
  let calls = 0;
  return {
    track: (userId, custom, ipAddress, userAgent) =>
      engine.track(
        {
          userId,
          action: ACTION,
          attributes: { idempotencyKey: `by-hand-${++calls}`, ipAddress, userAgent, custom },
        },
        options,
      ),
    async validate(userId, token) {
      const { state } = await engine.validateChallenge({ token, userId, action: ACTION }, options);
      return state === "CHALLENGE_SUCCEEDED";
    },
  };
}
