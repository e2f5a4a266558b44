import { ActionError } from "../wire/action-error.ts";
import { createTurns } from "../wire/turns.ts";

/** A run of an action that is under way: from its challenge to the reply to the repeated request. */
export interface ActionRun {
  /** Aborted when no caller waits any more. */
  readonly signal: AbortSignal;
  /** True when another challenge of the action was presented before. */
  waited: boolean;
  /** True while a request is out that may run: giving up then no longer means that nothing ran. */
  sending: boolean;
}

/** What one caller asks for. */
export interface CoalescedRequest {
  readonly action: string;
  /** Equal for requests that are the same in every respect. */
  readonly key: string;
  /** The caller's own. */
  readonly signal: AbortSignal;
  readonly run: (run: ActionRun) => Promise<Response>;
}

interface SharedRun extends ActionRun {
  readonly controller: AbortController;
  readonly response: Promise<Response>;
  callers: number;
  isShared: boolean;
}

/**
 * Creates the rule that one challenge of an action is presented at a time. The same request made again meanwhile (a double
 * click) shares the run and its reply; another request waits for its turn. A run ends early only when every caller has given
 * up, so that one who aborts takes nothing from the others.
 */
export function coalesceRequests(): (request: CoalescedRequest) => Promise<Response> {
  const runs = new Map<string, SharedRun>();
  const takeTurn = createTurns();

  function start({ action, key, run }: CoalescedRequest): SharedRun {
    const controller = new AbortController();
    const { signal } = controller;
    const shared: SharedRun = {
      controller,
      signal,
      waited: false,
      sending: false,
      callers: 0,
      isShared: false,
      response: takeTurn(action, (waited) => {
        shared.waited = waited;
        return run(shared);
      }),
    };
    const forget = (): void => {
      if (runs.get(key) === shared) runs.delete(key);
    };
    shared.response.then(forget, forget);
    // New callers do not join a run that was abandoned.
    signal.addEventListener("abort", forget);
    runs.set(key, shared);
    return shared;
  }

  return async (request) => {
    const { key, signal } = request;
    const shared = runs.get(key) ?? start(request);
    shared.isShared ||= shared.callers > 0;
    shared.callers += 1;
    const response = await Promise.race([shared.response, leaveOnAbort(shared, signal)]);
    // Nobody reads the original of a shared one, so there is a copy for each.
    return shared.isShared ? response.clone() : response;
  };
}

/** Rejects when the caller aborts. Listens on after the reply, as `fetch` does: the body may still be on its way. */
function leaveOnAbort(shared: SharedRun, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => {
      const { reason } = signal;
      reject(shared.sending ? reason : new ActionError("challenge_cancelled", { cause: reason }));
      shared.callers -= 1;
      if (shared.callers === 0) shared.controller.abort(reason);
    };
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  });
}
