import { ActionError } from "../wire/action-error.ts";
import { LONGEST_TIMER_MS } from "../wire/timing.ts";
import { isToken, type Prompt } from "../wire/wire.ts";

/** What a presenter gets besides the prompt. */
export interface PresentOptions {
  /** Aborted when nobody waits for the result any more, or when the challenge has ended: take the challenge away. */
  readonly signal: AbortSignal;
  /** A copy of the request that waits, for presenters that have to keep it. */
  readonly request: Request;
  /** True when the request must not be stored. */
  readonly sensitive: boolean;
  /** Milliseconds until the challenge ends; infinity when the server does not say. */
  readonly expiresInMs: number;
  /**
   * Asks whether a challenge with `approval` has been approved at another screen, by repeating the request with its key. Resolves to the
   * seconds to wait before asking again, also where nobody was reached. Resolves to nothing once there is an outcome: the
   * presenter then resolves to the prompt's `idempotencyKey`, and the reply is the caller's.
   */
  readonly poll: () => Promise<number | undefined>;
}

/**
 * Has the user complete a challenge and resolves to its result token, or to `undefined` when the user does not. For an
 * enrollment, an empty text says that the user is enrolled, and a token that the action was approved at once, too. It must
 * not send a request of the same action: that one would wait for it.
 */
export type Presenter = (prompt: Prompt, options: PresentOptions) => Promise<string | undefined>;

/** Presents a prompt until it is completed, cancelled, expired or abandoned. Rejects with an {@link ActionError}. */
export async function presentPrompt(present: Presenter, prompt: Prompt, options: PresentOptions): Promise<string> {
  const { signal, expiresInMs } = options;
  if (signal.aborted) throw new ActionError("challenge_cancelled");
  const ended = new AbortController();
  const end = new Promise<never>((_, reject) => {
    ended.signal.addEventListener("abort", () => reject(ended.signal.reason));
  });
  const cancel = (): void => ended.abort(new ActionError("challenge_cancelled"));
  const expire = (): void => ended.abort(new ActionError("challenge_expired"));
  signal.addEventListener("abort", cancel);
  const timer = expiresInMs <= LONGEST_TIMER_MS ? setTimeout(expire, expiresInMs) : undefined;
  try {
    const token = await Promise.race([end, runPresenter(present, prompt, { ...options, signal: ended.signal })]);
    if (prompt.code === "enrollment_required" && token !== undefined) return token;
    if (!token) throw new ActionError("challenge_cancelled");
    if (!isToken(token)) throw new ActionError("token_malformed");
    return token;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", cancel);
  }
}

/** What a presenter of the application's own throws becomes the cause. */
async function runPresenter(...[present, prompt, options]: Parameters<typeof presentPrompt>): ReturnType<Presenter> {
  try {
    return await present(prompt, options);
  } catch (cause) {
    throw cause instanceof ActionError ? cause : new ActionError("presentation_failed", { cause });
  }
}

/** The page of a prompt, or of an approval elsewhere. Any script could hide behind another scheme than http(s). */
export function pageOf({ url = "" }: { readonly url?: string }): URL {
  const page = new URL(url);
  if (!/^https?:$/.test(page.protocol)) throw new ActionError("presentation_failed");
  return page;
}
