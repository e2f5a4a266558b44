import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { createChallenge } from "../challenge/create-challenge.ts";
import { type ChallengeState, loadingState } from "../challenge/challenge-state.ts";
import type { ChallengeOptions, OpenChallenge } from "../challenge/open-challenge.ts";

/** Options of {@link useChallenge}. */
export interface UseChallengeOptions extends Pick<ChallengeOptions, "baseUrl" | "fetch"> {
  /**
   * Receives the result, once: a token for `complete` of a presentation, an empty text after an enrollment that had nothing to
   * approve, `undefined` where nothing was approved. Not called for a component that is gone.
   */
  readonly onResult: (result: string | undefined) => void;
}

/** A challenge of a component: its state, and its calls, which stay the same from render to render. */
export type UseChallenge = ChallengeState & Omit<OpenChallenge, "state" | "subscribe" | "result">;

/**
 * Shows a challenge in a component. Unmounting gives it up and leaves it open: mounted again with the same token, it goes on, with the
 * codes that were sent, and with a result whose reply was lost.
 */
export function useChallenge(token: string, { baseUrl, fetch, onResult }: UseChallengeOptions): UseChallenge {
  const [current, setCurrent] = useState<{ readonly token: string; readonly challenge: OpenChallenge }>();
  const latest = useRef({ fetch, onResult });
  useEffect(() => {
    latest.current = { fetch, onResult };
  });

  useEffect(() => {
    // Strict mode takes each component away and puts it back at once: the first of the two challenges has sent nothing by then.
    const challenge = createChallenge(token, {
      baseUrl,
      fetch: (...parameters) => (latest.current.fetch ?? globalThis.fetch)(...parameters),
    });
    let isGone = false;
    setCurrent({ token, challenge });
    void challenge.result.then((result) => {
      if (!isGone) latest.current.onResult(result);
    });
    return () => {
      isGone = true;
      challenge.cancel();
    };
  }, [token, baseUrl]);

  const challenge = current?.token === token ? current.challenge : undefined;
  const state = useSyncExternalStore(
    challenge?.subscribe ?? subscribeToNothing,
    () => challenge?.state ?? loadingState,
    () => loadingState,
  );
  const calls = useMemo(() => callsOf(challenge), [challenge]);
  return { ...state, ...calls };
}

function callsOf(challenge: OpenChallenge | undefined): Omit<OpenChallenge, "state" | "subscribe" | "result"> {
  if (challenge !== undefined) {
    const { send, verify, enroll, finish, deny, reload, cancel } = challenge;
    return { send, verify, enroll, finish, deny, reload, cancel };
  }
  const nothing = (): Promise<ChallengeState> => Promise.resolve(loadingState);
  return {
    send: nothing,
    verify: nothing,
    enroll: nothing,
    finish: nothing,
    deny: nothing,
    reload: nothing,
    cancel() {},
  };
}

function subscribeToNothing(): () => void {
  return () => {};
}
