import type { Presenter } from "./presenter.ts";
import type { Prompt } from "../wire/wire.ts";

/** A prompt that waits for the application's own UI. */
export interface Presentation {
  readonly prompt: Prompt;
  /** Goes on: with the result token of the challenge, or without one after an enrollment. */
  complete(token?: string): void;
  /** The user does not want to. */
  cancel(): void;
}

/** Presents challenges in the application's own UI; made for stores and `useSyncExternalStore`. */
export interface Headless {
  readonly present: Presenter;
  /** What is to be shown now, if anything: the oldest that waits. */
  current(): Presentation | undefined;
  /** Calls back whenever `current()` may have changed, also when a challenge ended by itself. Returns the way to stop. */
  subscribe(listener: () => void): () => void;
}

/**
 * Creates a presenter for custom UI.
 *
 * @example
 * const challenges = headless();
 * const actionFetch = createActionFetch({ present: challenges.present });
 * challenges.subscribe(() => render(challenges.current()));
 */
export function headless(): Headless {
  const waiting = new Set<Presentation>();
  const listeners = new Set<{ readonly listener: () => void }>();
  const notify = (): void => listeners.forEach(({ listener }) => listener());
  return {
    present: (prompt, { signal }) =>
      new Promise((resolve) => {
        if (signal.aborted) return resolve(undefined);
        const end = (token?: string): void => {
          if (!waiting.delete(presentation)) return;
          resolve(token);
          notify();
        };
        const presentation: Presentation = { prompt, complete: (token = "") => end(token), cancel: () => end() };
        signal.addEventListener("abort", presentation.cancel);
        waiting.add(presentation);
        notify();
      }),
    current: () => waiting.values().next().value,
    subscribe(listener) {
      // Of its own: whoever subscribes twice stops one at a time.
      const subscription = { listener };
      listeners.add(subscription);
      return () => listeners.delete(subscription);
    },
  };
}
