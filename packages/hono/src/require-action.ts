import { type ActionOptions, approvedAction, createGuard } from "@require-action/core";
import { type AdapterOptions, attachGuard } from "@require-action/core/adapter";
import { memberOf, option } from "@require-action/core/options";
import type { Context, Env, Next } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { ActionEnv, ActionMiddleware, RequireAction } from "./action-middleware.ts";
import { guardRequest } from "./guard-request.ts";
import { alreadySent, connectionAddress, isAnswering } from "./node-connection.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` is `c.var.user.id` by default. */
export type HonoGuardOptions<E extends Env = any> = AdapterOptions<Context<E>> & {
  /** The client's address: on Node that of the connection by default, elsewhere none. */
  readonly clientAddress?: (c: Context<E>) => string | undefined;
};

/**
 * Creates the `requireAction` of a Hono application. Wrong options throw a `ConfigurationError`, here and where a route is
 * declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] });
 * const withdrawal = requireAction("withdraw-funds", { bind: async (c) => pick(await c.req.json()) });
 * app.post("/withdrawals", withdrawal, (c) => c.json({ withdrawn: withdrawal.approved(c).bound.amount }));
 */
export function createRequireAction<E extends Env = any>(options: HonoGuardOptions<E>): RequireAction<E> {
  const own = { clientAddress: option.callback };
  const guard = createGuard<Context>(options, { factory: "createRequireAction", user: signedInUser, own });
  const given = memberOf(options, "clientAddress") as HonoGuardOptions["clientAddress"];
  const clientAddress = given ?? connectionAddress;
  const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionMiddleware<any> => {
    const protect = guard.protect(action, actionOptions);
    return attachGuard(protect, async function requireActionGuard(c: Context<ActionEnv>, next: Next) {
      const { request, notifyEnd } = await guardRequest(c, clientAddress(c), given ? undefined : "none");
      try {
        const verdict = await protect(request);
        if (verdict.kind === "reply") {
          if (isAnswering(c)) return alreadySent();
          return c.body(verdict.body, verdict.status as ContentfulStatusCode, verdict.headers);
        }
        c.set("approvedAction", approvedAction(c, verdict.approved.action) ?? verdict.approved);
        return await next();
      } finally {
        notifyEnd();
      }
    });
  };
  return Object.assign(requireAction, { guard });
}

function signedInUser(c: Context): string | number | undefined {
  return memberOf(c.get("user"), "id") as string | number | undefined;
}
