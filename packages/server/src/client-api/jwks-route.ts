import { type Engine, EngineError } from "@require-action/engine";
import { jsonReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";

/** How long verifiers may go by what they have: they ask again for a key that they do not know. */
const MAX_AGE_SECONDS = 300;

/** The public keys of access tokens, for anybody. @see https://www.rfc-editor.org/rfc/rfc7517#section-5 */
export function jwksRoute({ sessions }: Engine, tenantId: string): Route {
  return {
    method: "GET",
    path: "/public/:tenantId/.well-known/jwks",
    async handle({ params }) {
      if (params.get("tenantId") !== tenantId) throw new EngineError("not_found", "There is no such tenant here.");
      const caching = { "cache-control": `public, max-age=${MAX_AGE_SECONDS}` };
      return jsonReply(200, { keys: await sessions.publicKeys() }, caching);
    },
  };
}
