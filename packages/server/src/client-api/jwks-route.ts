import { type Engine, EngineError } from "@require-action/engine";
import { jsonReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";

/** How long verifiers may go by what they have: they ask again for a key that they do not know. */
const MAX_AGE_SECONDS = 300;

/** The public keys of access tokens and of receipts, for anybody. @see https://www.rfc-editor.org/rfc/rfc7517#section-5 */
export function jwksRoutes({ sessions, receipts }: Engine, tenantId: string): readonly Route[] {
  const route = (name: string, keys: () => unknown): Route => ({
    method: "GET",
    path: `/public/:tenantId/.well-known/${name}`,
    async handle({ params }) {
      if (params.get("tenantId") !== tenantId) throw new EngineError("not_found", "There is no such tenant here.");
      const caching = { "cache-control": `public, max-age=${MAX_AGE_SECONDS}` };
      return jsonReply(200, { keys: await keys() }, caching);
    },
  });
  return [
    route("jwks", () => sessions.publicKeys()),
    ...(receipts === undefined ? [] : [route("receipts-jwks", () => receipts.publicKeys)]),
  ];
}
