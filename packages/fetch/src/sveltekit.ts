import { memberOf } from "@require-action/core/options";
import { connectionSignal } from "./request/connection-signal.ts";
import type { FetchAdapterOptions } from "./request/platform.ts";
import type { RequireAction } from "./handler/guarded-handler.ts";
import { requireActionOf } from "./handler/require-action.ts";

/** What a guard reads of SvelteKit's `RequestEvent`. */
export interface SvelteKitEvent {
  readonly request: Request;
  readonly locals: object;
  /** Of adapter-node: `req`, by which a guard knows that the client has gone. */
  readonly platform?: object | undefined;
  /** The client's address, as the adapter of SvelteKit knows it. */
  getClientAddress(): string;
}

/** Options of {@link createRequireAction}: a guard's, where `user` is `event.locals.user.id` by default. */
export type SvelteKitGuardOptions<Event extends SvelteKitEvent = SvelteKitEvent> = FetchAdapterOptions<Event>;

/**
 * Creates the `requireAction` of a SvelteKit application, for `+server.ts` and for the hook `handle`. The client's address is
 * what SvelteKit's adapter says it is.
 */
export function createRequireAction<Event extends SvelteKitEvent>(
  options: SvelteKitGuardOptions<Event>,
): RequireAction<Event> {
  return requireActionOf<[SvelteKitEvent, ...unknown[]]>(
    {
      request: ({ request }) => request,
      user: ({ locals }) => memberOf(memberOf(locals, "user"), "id") as string | number | undefined,
      address: (event) => event.getClientAddress(),
      signal: ({ platform }) => connectionSignal(memberOf(platform, "req")),
    },
    options,
  );
}
