import { type ActionOptions, type ApprovedAction, ConfigurationError, createGuard } from "@require-action/core";
import { describedLike, type GuardOptions, type GuardRequest } from "@require-action/core";
import type { Context, Env, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { connectionAddress, isConnectionClosed } from "./node-connection.ts";
import { readBody } from "./request-body.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` is `c.var.user.id` by default. */
export type HonoGuardOptions<E extends Env = any> = Omit<GuardOptions<Context<E>>, "user"> &
  Partial<Pick<GuardOptions<Context<E>>, "user">> & {
    /** The client's address: on Node that of the connection by default, elsewhere none. */
    readonly clientAddress?: (c: Context<E>) => string | undefined;
  };

/** Options of an action on a Hono route. */
export type HonoActionOptions<E extends Env = any> = ActionOptions<Context<E>>;

/** What a guarded handler finds in `c.var`. */
export interface ActionEnv {
  Variables: {
    /** What the last guard in front of the handler approved. */
    approvedAction: ApprovedAction;
  };
}

/** Guards a route: `app.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export type RequireAction<E extends Env = any> = (
  action: string,
  options?: HonoActionOptions<E>,
) => MiddlewareHandler<ActionEnv>;

/**
 * Creates the `requireAction` of a Hono application. Wrong options throw a `ConfigurationError`, here and where a route is
 * declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET!] });
 * app.post("/withdrawals", requireAction("withdraw-funds", { bind: async (c) => pick(await c.req.json()) }), handler);
 */
export function createRequireAction<E extends Env = any>(options: HonoGuardOptions<E>): RequireAction<E> {
  const { clientAddress = connectionAddress, ...guardOptions } = options;
  if (typeof clientAddress !== "function") throw new ConfigurationError("clientAddress", "must be a function");
  const guard = createGuard<Context>({ user: signedInUser, ...guardOptions });
  return (action, actionOptions) => {
    const protect = guard.protect(action, actionOptions);
    return describedLike(protect, async function requireActionGuard(c, next) {
      const verdict = await protect(await guardRequest(c, clientAddress(c as never)));
      if (verdict.kind === "reply")
        return c.body(verdict.body, verdict.status as ContentfulStatusCode, verdict.headers);
      c.set("approvedAction", verdict.approved);
      return next();
    });
  };
}

async function guardRequest(c: Context, ip: string | undefined): Promise<GuardRequest<Context>> {
  // Asked for now, as @hono/node-server only then watches the connection.
  const { signal } = c.req.raw;
  const body = await readBody(c.req);
  return {
    native: c,
    method: c.req.method,
    target: c.req.url,
    ip,
    header: (name) => c.req.header(name),
    body,
    closed: () => signal.aborted || isConnectionClosed(c),
  };
}

function signedInUser(c: Context): string | number | undefined {
  return (c.var as { user?: { id?: string | number } }).user?.id;
}
