import {
  type ActionOptions,
  type ApprovedAction,
  approvedAction,
  ConfigurationError,
  createGuard,
  describedLike,
  type Guard,
  type GuardOptions,
} from "@require-action/core";
import type { Context, Env, MiddlewareHandler } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { guardRequest } from "./guard-request.ts";
import { alreadySent, connectionAddress, isAnswering } from "./node-connection.ts";

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
export interface RequireAction<E extends Env = any> {
  (action: string, options?: HonoActionOptions<E>): MiddlewareHandler<ActionEnv>;
  /** The guard behind the routes. */
  readonly guard: Guard<Context<E>>;
}

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
  const requireAction = (action: string, actionOptions?: HonoActionOptions<E>): MiddlewareHandler<ActionEnv> => {
    const protect = guard.protect(action, actionOptions);
    return describedLike(protect, async function requireActionGuard(c, next) {
      const { request, tellEnd } = await guardRequest(c, clientAddress(c as never));
      try {
        const verdict = await protect(request);
        if (verdict.kind === "reply") {
          if (isAnswering(c)) return alreadySent();
          return c.body(verdict.body, verdict.status as ContentfulStatusCode, verdict.headers);
        }
        c.set("approvedAction", approvedAction(c, verdict.approved.action) ?? verdict.approved);
        return await next();
      } finally {
        tellEnd();
      }
    });
  };
  return Object.assign(requireAction, { guard });
}

function signedInUser(c: Context): string | number | undefined {
  return (c.var as { user?: { id?: string | number } }).user?.id;
}
