import { type ChallengeState, type ChallengeStatus, isEnded, loadingState, withoutAbsent } from "./challenge-state.ts";

/** A change of a state: members that are `undefined` are taken out. */
type ChallengeChange = { readonly [Name in keyof ChallengeState]?: ChallengeState[Name] | undefined };

/** The state of one challenge, and who listens to it. After the end nothing changes it. */
export interface ChallengeStore {
  readonly state: ChallengeState;
  readonly result: Promise<string | undefined>;
  /** Aborts at the end. */
  readonly ended: AbortSignal;
  set(change: ChallengeChange): void;
  end(status: ChallengeStatus, result?: string): void;
  subscribe(listener: () => void): () => void;
}

export function createChallengeStore(): ChallengeStore {
  const listeners = new Set<{ readonly listener: () => void }>();
  const ended = new AbortController();
  let state = loadingState;
  let resolveResult: (result: string | undefined) => void;
  const result = new Promise<string | undefined>((resolve) => (resolveResult = resolve));

  function become(next: ChallengeState): void {
    state = next;
    for (const { listener } of listeners) listener();
  }

  return {
    get state() {
      return state;
    },
    result,
    ended: ended.signal,
    set(change) {
      if (!isEnded(state)) become(withoutAbsent({ ...state, ...change }) as ChallengeState);
    },
    end(status, given) {
      if (isEnded(state)) return;
      become({ ...loadingState, status, isBusy: false });
      ended.abort();
      resolveResult(given);
    },
    subscribe(listener) {
      // Of its own: whoever subscribes twice stops one at a time.
      const subscription = { listener };
      listeners.add(subscription);
      return () => listeners.delete(subscription);
    },
  };
}
