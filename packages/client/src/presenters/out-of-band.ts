import { ActionError } from "../wire/action-error.ts";
import type { Challenge } from "../wire/wire.ts";
import { pageOf, type Presenter } from "./presenter.ts";
import { showWaitingScreen, type WaitingScreen } from "./waiting-screen.ts";

/** Options of {@link outOfBand}. */
export interface OutOfBandOptions {
  /** Presents what cannot be approved at another screen: an enrollment, and a challenge of a user who has too many requests there. */
  readonly otherwise?: Presenter;
  /** Languages for the waiting screen, the preferred first; the browser's when absent. */
  readonly languages?: readonly string[];
  /** Shows a waiting screen of the application's own in place of the dialog. */
  readonly show?: (approval: NonNullable<Challenge["approval"]>, cancel: () => void) => WaitingScreen;
}

/**
 * Creates a presenter for routes with `resumeChallenges: "matched"`: the user approves on another device. It shows the number that they
 * enter there, and a QR code of the page, and asks until they have. While the network is away it goes on asking.
 *
 * @example
 * const actionFetch = createActionFetch({ present: outOfBand() });
 */
export function outOfBand({ otherwise, languages, show }: OutOfBandOptions = {}): Presenter {
  const showScreen = show ?? ((approval, cancel) => showWaitingScreen(approval, languages, cancel));
  return async (prompt, options) => {
    if (prompt.code !== "challenge_required" || prompt.approval === undefined) {
      if (otherwise === undefined) throw new ActionError("presentation_failed");
      return otherwise(prompt, options);
    }
    const { approval, idempotencyKey } = prompt;
    pageOf(approval);
    const { signal, poll } = options;
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const ended = ending.signal;
    signal.addEventListener("abort", end, { signal: ended });
    if (signal.aborted) end();
    const screen = showScreen(approval, end);
    try {
      let waitSeconds: number | undefined = approval.interval;
      while (waitSeconds !== undefined) {
        await pause(waitSeconds * 1000, ended);
        if (ended.aborted) return undefined;
        waitSeconds = await poll();
      }
      return idempotencyKey;
    } finally {
      end();
      screen.close();
    }
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal.addEventListener("abort", wake);
  });
}
