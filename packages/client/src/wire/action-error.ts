/** What can go wrong between the first request and its repetition: the codes of {@link ActionError}, and what they mean. */
export const actionErrorCatalog = {
  stream_body: "A stream can be sent only once. Give the body as text, bytes, a Blob or a form.",
  challenge_cancelled: "The challenge was not completed. The request was not repeated.",
  challenge_expired: "The challenge was not completed in time. Start the action again.",
  presentation_failed: "The challenge could not be presented.",
  popup_blocked: "The browser blocked the challenge's window.",
  token_malformed: "The challenge answered what cannot be a token.",
  request_sensitive: "A sensitive request is not stored, so its challenge cannot be a redirect.",
  request_not_storable: "The request cannot be stored for the time of the redirect.",
  request_redirected: "The challenge came after a redirect. Send the request to its final URL.",
  reply_redirected:
    "The repeated request was answered by a redirect, which would take the token along. It may have run.",
  token_header_refused:
    "The browser did not send the approval: the CORS check of the address allows no header Action-Token. It has not run.",
  repeat_failed: "The reply to the repeated request was lost. It may have run, once at most.",
} as const;

/** A stable error code; narrow on it in a `switch`. */
export type ActionErrorCode = keyof typeof actionErrorCatalog;

/** Any error of the client, other than those of `fetch` itself, which pass as they are. None holds a token. */
export class ActionError extends Error {
  override readonly name: string = "ActionError";
  readonly code: ActionErrorCode;

  constructor(code: ActionErrorCode, options?: ErrorOptions) {
    super(`${code}: ${actionErrorCatalog[code]}`, options);
    this.code = code;
  }
}
