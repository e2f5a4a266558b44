import { memberOf } from "@require-action/core/options";
import type { FetchAdapterOptions } from "./request/platform.ts";
import type { RequireAction } from "./handler/guarded-handler.ts";
import { requireActionOf } from "./handler/require-action.ts";

/** What a guard reads of Elysia's context. */
export interface ElysiaContext {
  readonly request: Request;
  readonly body?: unknown;
  readonly server?: {
    /** The other end of the connection, where the server knows it. */
    requestIP?(request: Request): { readonly address: string } | null;
  } | null;
}

/** Options of {@link createRequireAction}: a guard's, where `user` is the `user.id` that `derive` or `resolve` has put there. */
export type ElysiaGuardOptions<Context extends ElysiaContext = ElysiaContext> = FetchAdapterOptions<Context>;

/**
 * Creates the `requireAction` of an Elysia application. What Elysia has parsed, and the schema has made of it, is what is bound.
 * On a route with `parse: "none"` the guard reads the body itself. The client's address is that of the connection.
 */
export function createRequireAction<Context extends ElysiaContext>(
  options: ElysiaGuardOptions<Context>,
): RequireAction<Context> {
  return requireActionOf<[ElysiaContext, ...unknown[]]>(
    {
      request: ({ request }) => request,
      user: (context) => memberOf(memberOf(context, "user"), "id") as string | number | undefined,
      address: ({ server, request }) => server?.requestIP?.(request)?.address,
      trust: "none",
      known: ({ request, body }) => {
        const value = body instanceof ArrayBuffer ? new Uint8Array(body) : body;
        return request.bodyUsed ? { body: { sent: true, read: true, value } } : {};
      },
    },
    options,
  );
}
