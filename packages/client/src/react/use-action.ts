import { useCallback, useEffect, useRef, useState } from "react";
import type { ActionFetch } from "../fetch/action-fetch.ts";
import { ActionError } from "../wire/action-error.ts";
import type { ActionResponse } from "../wire/wire.ts";
import { waitForReview } from "../fetch/review.ts";

/** Where an action is. */
export type ActionProgress =
  | { readonly status: "idle" }
  /** Sent, or waiting for the user to complete its challenge. */
  | { readonly status: "running" }
  /** A person has to look at it; `waitForReview` goes on. */
  | { readonly status: "review"; readonly response: ActionResponse }
  /** Answered; the response says whether it succeeded. */
  | { readonly status: "done"; readonly response: ActionResponse }
  /** The user did not complete the challenge, or `cancel` was called: then what was out already may have run. */
  | { readonly status: "cancelled"; readonly error: unknown }
  | { readonly status: "failed"; readonly error: unknown };

/** An action of a component. */
export type UseAction = ActionProgress & {
  /** Sends the request. Called again while it runs, it answers the run under way. Never rejects: see `status` and `error`. */
  readonly run: (...parameters: Parameters<ActionFetch>) => Promise<ActionResponse | undefined>;
  /** Waits for the review of the action and repeats the request. Never rejects. */
  readonly waitForReview: () => Promise<ActionResponse | undefined>;
  /** Gives up what runs or waits. Unmounting the component does, too. */
  readonly cancel: () => void;
};

interface Run {
  readonly controller: AbortController;
  readonly result: Promise<ActionResponse | undefined>;
}

/** Runs one action at a time in a component and reports its progress. */
export function useAction(actionFetch: ActionFetch): UseAction {
  const [progress, setProgress] = useState<ActionProgress>({ status: "idle" });
  const current = useRef<Run>(undefined);
  const cancel = useCallback(() => current.current?.controller.abort(), []);
  useEffect(() => cancel, [cancel]);

  const follow = useCallback((start: (signal: AbortSignal) => Promise<ActionResponse>) => {
    if (current.current) return current.current.result;
    const controller = new AbortController();
    const { signal } = controller;
    const result = start(signal).then(
      (response) => {
        current.current = undefined;
        setProgress({ status: response.review ? "review" : "done", response });
        return response;
      },
      (error: unknown) => {
        current.current = undefined;
        const isCancelled = signal.aborted || (error instanceof ActionError && error.code === "challenge_cancelled");
        setProgress({ status: isCancelled ? "cancelled" : "failed", error });
        return undefined;
      },
    );
    current.current = { controller, result };
    return result;
  }, []);

  const run = useCallback<UseAction["run"]>(
    (input, init) =>
      follow((signal) => {
        setProgress({ status: "running" });
        const own = init?.signal ?? (input instanceof Request ? input.signal : signal);
        return actionFetch(input, { ...init, signal: AbortSignal.any([signal, own]) });
      }),
    [actionFetch, follow],
  );

  const review = progress.status === "review" ? progress.response.review : undefined;
  const wait = useCallback(
    () => (review ? follow((signal) => waitForReview(review, { signal })) : Promise.resolve(undefined)),
    [review, follow],
  );

  return { ...progress, run, waitForReview: wait, cancel };
}
