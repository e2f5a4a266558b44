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
  /**
   * Sends the request. Called again while it runs, it answers the run under way; called again after `cancel`, it sends anew.
   * Never rejects: see `status` and `error`. Resolves to `undefined` too where the run was cancelled, or its component is gone.
   */
  readonly run: (...parameters: Parameters<ActionFetch>) => Promise<ActionResponse | undefined>;
  /** Waits for the review of the action and repeats the request. Cancelled, it can be called again. Never rejects. */
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
  /** What runs, and neither was cancelled nor has ended. */
  const current = useRef<Run>(undefined);
  /** The signal of the run that began last: no other one has anything to say. */
  const latest = useRef<AbortSignal>(undefined);
  /** The reply that waits for a review. */
  const reviewed = useRef<ActionResponse>(undefined);
  const isGone = useRef(false);

  const cancel = useCallback((reason?: unknown) => {
    const { controller } = current.current ?? {};
    current.current = undefined;
    controller?.abort(reason);
    if (controller) setProgress({ status: "cancelled", error: controller.signal.reason });
  }, []);

  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      // Strict mode takes each component away and puts it back at once: then what runs goes on, and nothing is sent twice.
      queueMicrotask(() => {
        if (isGone.current) cancel();
      });
    };
  }, [cancel]);

  const follow = useCallback(
    (before: ActionProgress, own: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<ActionResponse>) => {
      if (current.current) return current.current.result;
      const controller = new AbortController();
      const { signal } = controller;
      const isOver = (): boolean => signal !== latest.current || isGone.current;
      const cancelByOwn = (): void => {
        if (current.current?.controller === controller) cancel(own?.reason);
      };
      const begin = async (): Promise<ActionResponse> => {
        // What was given up, or whose component went, in the same breath is not sent.
        await Promise.resolve();
        if (isGone.current || own?.aborted) cancelByOwn();
        signal.throwIfAborted();
        own?.addEventListener("abort", cancelByOwn);
        try {
          return await start(signal);
        } finally {
          own?.removeEventListener("abort", cancelByOwn);
        }
      };
      const end = (next: ActionProgress): void => {
        if (current.current?.controller === controller) current.current = undefined;
        setProgress(next);
      };
      const result = begin().then(
        (response) => {
          if (isOver() || signal.aborted) return undefined;
          reviewed.current = response.review && response;
          end({ status: response.review ? "review" : "done", response });
          return response;
        },
        (error: unknown) => {
          if (isOver()) return undefined;
          const isCancelled = signal.aborted || (error instanceof ActionError && error.code === "challenge_cancelled");
          end({ status: isCancelled ? "cancelled" : "failed", error });
          return undefined;
        },
      );
      current.current = { controller, result };
      latest.current = signal;
      setProgress(before);
      return result;
    },
    [cancel],
  );

  const run = useCallback<UseAction["run"]>(
    (input, init) => {
      const own = init?.signal ?? (input instanceof Request ? input.signal : undefined);
      return follow({ status: "running" }, own, (signal) => {
        reviewed.current = undefined;
        return actionFetch(input, { ...init, signal });
      });
    },
    [actionFetch, follow],
  );

  const wait = useCallback<UseAction["waitForReview"]>(async () => {
    const response = reviewed.current;
    const review = response?.review;
    if (!review) return undefined;
    return follow({ status: "review", response }, undefined, (signal) => waitForReview(review, { signal }));
  }, [follow]);

  return { ...progress, run, waitForReview: wait, cancel: useCallback(() => cancel(), [cancel]) };
}
