import type { RequireAction } from "./handler/guarded-handler.ts";
import { type FetchGuardOptions, requireActionOf } from "./handler/require-action.ts";

/** What a guard reads of the information that Deno hands to handlers. */
interface DenoServeInfo {
  readonly remoteAddr: object;
}

/**
 * Creates the `requireAction` of an application that `Deno.serve` serves. The client's address is that of the connection, by the
 * information that Deno hands to handlers.
 */
export function createRequireAction(options: FetchGuardOptions): RequireAction {
  return requireActionOf<[Request, DenoServeInfo?, ...unknown[]]>(
    {
      request: (request) => request,
      // A Unix socket has none.
      address: (_request, info) =>
        info && "hostname" in info.remoteAddr ? String(info.remoteAddr.hostname) : undefined,
      trust: "none",
    },
    options,
  );
}
