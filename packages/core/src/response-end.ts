import type { ServerResponse } from "node:http";

/** Receives a response's status, or nothing where the connection closed before the application had answered. */
export type EndListener = (status: number | undefined) => void;

/** Tells `listener` once when a response has ended; at once if it has already, as its client may have gone long ago. */
export function whenResponseEnded(outgoing: ServerResponse, listener: EndListener): void {
  let told = false;
  const tell = (): void => {
    if (told) return;
    told = true;
    listener(outgoing.writableEnded ? outgoing.statusCode : undefined);
  };
  if (hasEnded(outgoing)) return tell();
  // An answer that a test tool takes in may finish and never close; one that nobody takes closes and never finishes.
  outgoing.on("finish", tell).on("close", tell);
}

/** HTTP/2's response has a stream instead of knowing by itself. */
function hasEnded(outgoing: ServerResponse & { readonly stream?: { readonly destroyed: boolean } }): boolean {
  return outgoing.writableFinished || outgoing.destroyed || outgoing.stream?.destroyed === true;
}
