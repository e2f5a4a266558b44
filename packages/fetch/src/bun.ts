import type { RequireAction } from "./handler/guarded-handler.ts";
import { type FetchGuardOptions, requireActionOf } from "./handler/require-action.ts";

/** What a guard asks of Bun's server. */
interface BunServer {
  requestIP(request: Request): { readonly address: string } | null;
}

/**
 * Creates the `requireAction` of an application that `Bun.serve` serves, as `fetch` or as handlers of its `routes`. The client's
 * address is that of the connection, by the server that Bun hands to handlers.
 */
export function createRequireAction(options: FetchGuardOptions): RequireAction {
  return requireActionOf<[Request, BunServer?, ...unknown[]]>(
    {
      request: (request) => request,
      address: (request, server) => server?.requestIP(request)?.address,
      trust: "none",
    },
    options,
  );
}
