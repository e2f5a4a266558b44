import { type ChallengeState, isEnded } from "./challenge-state.ts";
import type { ChallengeStore } from "./challenge-store.ts";

/** One call, which is stale once another one was let in. */
export interface Turn {
  isCurrent(): boolean;
  /** Lets other calls in while the user is waited for: they end the wait. */
  waitFor<T>(what: "passkey" | "link", wait: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

/**
 * Creates the rule that one call is under way at a time: what is called meanwhile sends nothing, and shares its outcome. Only what
 * waits for the user gives way to another call.
 */
export function createChallengeCalls(
  store: ChallengeStore,
): (act: (turn: Turn) => Promise<void>) => Promise<ChallengeState> {
  let underWay: Promise<void> | undefined;
  let waiting: AbortController | undefined;

  return async (act) => {
    if (underWay !== undefined && waiting === undefined) {
      await underWay;
      return store.state;
    }
    if (isEnded(store.state)) return store.state;
    waiting?.abort();
    waiting = undefined;
    const turn: Turn = {
      isCurrent: () => underWay === own,
      async waitFor(what, wait) {
        const left = new AbortController();
        const leave = (): void => left.abort();
        waiting = left;
        store.ended.addEventListener("abort", leave);
        store.set({ isBusy: false, waitsFor: what });
        try {
          return await wait(left.signal);
        } finally {
          store.ended.removeEventListener("abort", leave);
          if (turn.isCurrent()) {
            waiting = undefined;
            store.set({ isBusy: true, waitsFor: undefined });
          }
        }
      },
    };
    // In a moment: what is cancelled in the same breath sends nothing.
    const own: Promise<void> = Promise.resolve()
      .then(async () => {
        if (!isEnded(store.state)) await act(turn);
      })
      // An answer that cannot be read is none.
      .catch(() => store.set({ failure: { reason: "network" } }))
      .then(() => {
        if (!turn.isCurrent()) return;
        underWay = undefined;
        waiting = undefined;
        store.set({ isBusy: false, waitsFor: undefined });
      });
    underWay = own;
    store.set({ isBusy: true, waitsFor: undefined, failure: undefined });
    await own;
    return store.state;
  };
}
