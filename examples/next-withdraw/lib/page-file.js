import { bank } from "./bank.js";

/** A file of the page that all examples share. */
export function pageFile(request) {
  const { headers, body } = bank().readPageFile(new URL(request.url).pathname);
  return new Response(new Uint8Array(body), { headers });
}
