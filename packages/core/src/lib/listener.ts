import { isPromiseLike } from "./awaitable.ts";

/** Contains whatever a listener of the application's throws or rejects with. */
export function withoutThrowing<Event>(listener: (event: Event) => unknown): (event: Event) => void {
  return (event) => {
    try {
      const answer = listener(event);
      if (isPromiseLike(answer)) Promise.resolve(answer).catch(() => {});
    } catch {
      // A listener must not change a decision.
    }
  };
}
