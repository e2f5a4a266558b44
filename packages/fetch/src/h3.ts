import { memberOf } from "@require-action/core/options";
import type { FetchAdapterOptions } from "./request/platform.ts";
import { isVersion1, keepRead, knownToNode, nodeOf, nodeRequest } from "./request/node-request.ts";
import type { RequireAction } from "./handler/guarded-handler.ts";
import { requireActionOf } from "./handler/require-action.ts";

/** What a guard reads of h3's event: `node` of version 1, `req` and `runtime` of version 2. */
export interface H3Event {
  readonly context: object;
  readonly req?: any;
  readonly runtime?: { readonly node?: object | undefined } | undefined;
  readonly node?: object | undefined;
}

/** Options of {@link createRequireAction}: a guard's, where `user` is `event.context.user.id` by default. */
export type H3GuardOptions<Event extends H3Event = H3Event> = FetchAdapterOptions<Event>;

/** Creates the `requireAction` of an application on h3 1 or 2, of Nuxt or Nitro. The client's address is the connection's. */
export function createRequireAction<Event extends H3Event>(options: H3GuardOptions<Event>): RequireAction<Event> {
  return requireActionOf<[H3Event, ...unknown[]]>(
    {
      request: (event) => (isVersion1(event) ? nodeRequest(event) : (event.req as Request)),
      user: ({ context }) => memberOf(memberOf(context, "user"), "id") as string | number | undefined,
      address: (event) => nodeOf(event)?.req.socket?.remoteAddress || undefined,
      trust: "none",
      known: knownToNode,
      keepBody: (bytes, event) => isVersion1(event) && keepRead(event, bytes),
    },
    options,
  );
}
