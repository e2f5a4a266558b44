import { useCallback, useRef } from "react";
import { type ActionFetch, createActionFetch } from "../fetch/action-fetch.ts";
import type { Presenter } from "../presenters/presenter.ts";
import { ACTION_TOKEN_HEADER, type ActionResponse } from "../wire/wire.ts";
import { type ActionProgress, useAction } from "./use-action.ts";

/** What a guarded server action answers, as data: its value, or why it did not run. Narrow on `kind`. */
export type ServerActionResult<Value> =
  | { readonly kind: "done"; readonly value: Value }
  | {
      readonly kind: "challenge_required" | "enrollment_required" | "review_required" | "refused";
      readonly message: string;
      /** Of what was refused: the stable code, and what HTTP would say. */
      readonly code?: string;
      readonly status?: number;
      readonly retryAfterSeconds?: number;
    };

/** A guarded server action: the approval first, then what the application passes. */
export type ServerAction<Args extends readonly unknown[], Value> = (
  token: string | undefined,
  ...args: Args
) => Promise<ServerActionResult<Value>>;

type WithResult<Progress, Value> = Progress extends { readonly response: ActionResponse }
  ? Omit<Progress, "response"> & { readonly result: ServerActionResult<Value> }
  : Progress;

/** A server action of a component. */
export type UseServerAction<Args extends readonly unknown[], Value> = WithResult<ActionProgress, Value> & {
  /** Calls the server action, and completes what it asks for. Otherwise as `run` of {@link useAction}. */
  readonly run: (...args: Args) => Promise<ServerActionResult<Value> | undefined>;
  /** Waits for the review of the action and calls it again. Cancelled, it can be called again. Never rejects. */
  readonly waitForReview: () => Promise<ServerActionResult<Value> | undefined>;
  /** Gives up what runs or waits. Unmounting the component does, too. */
  readonly cancel: () => void;
};

/** Calls a guarded server action, presents what it asks for, and calls it once more with the approval. */
export function useServerAction<Args extends readonly unknown[], Value>(
  action: ServerAction<Args, Value>,
  { present }: { readonly present: Presenter },
): UseServerAction<Args, Value> {
  /** What each run sends, and what became of it: the arguments of one run are never those of another. */
  const runs = useRef(new WeakMap<object, ActionFetch>());
  const results = useRef(new WeakMap<Response, ServerActionResult<Value>>());
  const send = useCallback<ActionFetch>(async (input, init) => runs.current.get(input as URL)!(input, init), []);
  const { run: start, waitForReview: wait, cancel, ...progress } = useAction(send);
  const resultOf = (response: ActionResponse | undefined): ServerActionResult<Value> | undefined =>
    response && results.current.get(response);

  const run = useCallback(
    async (...args: Args) => {
      const call = new URL("https://server-action.invalid/");
      const callServer = async (input: RequestInfo | URL): Promise<Response> => {
        const token = (input as Request).headers.get(ACTION_TOKEN_HEADER) ?? undefined;
        const result = await action(token, ...args);
        const response = asResponse(result);
        results.current.set(response, result);
        return response;
      };
      runs.current.set(call, createActionFetch({ present, fetch: callServer }));
      // Sensitive: nothing but this page can call the action again.
      return resultOf(await start(call, { method: "POST", sensitive: true } as RequestInit));
    },
    [action, present, start],
  );
  const waitForReview = useCallback(async () => resultOf(await wait()), [wait]);
  const own = "response" in progress ? { ...progress, result: resultOf(progress.response) } : progress;
  return { ...own, run, waitForReview, cancel } as UseServerAction<Args, Value>;
}

/** A result as a route would answer it, for what reads the replies of routes. */
function asResponse({ kind, ...members }: ServerActionResult<unknown>): Response {
  if (kind === "done") return new Response(null, { status: 204 });
  const { retryAfterSeconds, status = kind === "review_required" ? 202 : 403 } = members as {
    readonly retryAfterSeconds?: number;
    readonly status?: number;
  };
  const headers = {
    "content-type": status === 202 ? "application/json" : "application/problem+json",
    ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
  };
  return new Response(JSON.stringify({ code: kind, ...members }), { status, headers });
}
