import { ActionError } from "../wire/action-error.ts";
import { dropPending, keepPending, type PendingRequest, storeRequest } from "./pending-request.ts";
import { pageOf, type Presenter, type PresentOptions } from "../presenters/presenter.ts";
import { keyOf } from "../wire/token-claims.ts";
import { createTurns } from "../wire/turns.ts";
import type { Prompt } from "../wire/wire.ts";

/** How long a request waits when the server does not say how long its challenge lasts. */
const DEFAULT_WAIT_MS = 600_000;

/**
 * Presents challenges by leaving for the pre-built page. The request waits in this tab's `sessionStorage`, and
 * {@link resumeRedirect} repeats it on the page that the guard's `redirectUrl` names. The `Authorization` header is never
 * stored, and a request marked `sensitive` not at all: it is refused with `request_sensitive`.
 */
export function redirect(): Presenter {
  const takeTurn = createTurns();
  // A tab leaves for one page only: whoever comes second waits for as long as this page lives.
  return (prompt, options) => takeTurn("", () => leave(prompt, options));
}

async function leave(
  prompt: Prompt,
  { signal, request, sensitive, expiresInMs }: PresentOptions,
): Promise<string | undefined> {
  if (sensitive) throw new ActionError("request_sensitive");
  const page = pageOf(prompt);
  const pending: PendingRequest = {
    id: crypto.getRandomValues(new Uint32Array(4)).join("-"),
    action: prompt.action,
    key: keyOf(prompt.token),
    expiresAt: Date.now() + (Number.isFinite(expiresInMs) ? expiresInMs : DEFAULT_WAIT_MS),
    request: await storeRequest(request),
  };
  signal.throwIfAborted();
  try {
    keepPending(pending);
  } catch {
    throw new ActionError("request_not_storable");
  }
  location.assign(page);
  return new Promise((resolve) => {
    const cancel = (): void => {
      removeEventListener("pageshow", cancelIfBack);
      dropPending(pending);
      resolve(undefined);
    };
    // The back button can bring this very page back to life.
    const cancelIfBack = ({ persisted }: PageTransitionEvent): void => {
      if (persisted) cancel();
    };
    signal.addEventListener("abort", cancel);
    addEventListener("pageshow", cancelIfBack);
  });
}
