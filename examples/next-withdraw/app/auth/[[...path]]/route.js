import { bank } from "../../../lib/bank.js";

/** The challenge page, and the API that challenges are completed with. */
function answer(request) {
  // Next takes the encoding off the headers of a response and leaves its body encoded, so it has to encode by itself.
  const headers = new Headers(request.headers);
  headers.delete("accept-encoding");
  return bank().auth(new Request(request, { headers }));
}

export const dynamic = "force-dynamic";
export { answer as GET, answer as POST, answer as PUT, answer as PATCH, answer as DELETE, answer as OPTIONS };
