/** A response, untouched; one about a review carries it. */
export type ActionResponse = Response & { readonly review?: PendingReview };

/** Options of repeating a request. */
export interface RepeatOptions {
  readonly signal?: AbortSignal | undefined;
}

/** An action that a person has to look at. */
export interface PendingReview {
  readonly action: string;
  /** Resumes the action: sent as `Action-Token` with the same request, now or after the page was closed. */
  readonly idempotencyKey: string;
  /** The server's sentence for developers; show the user your own. */
  readonly message: string;
  /** Milliseconds that the server asks to wait before asking again. */
  readonly retryAfterMs: number | undefined;
  /** Asks once: repeats the request with the key. It runs when the review has approved it; otherwise `review` is set again. */
  ask(options?: RepeatOptions): Promise<ActionResponse>;
}
