import type { ServerResponse } from "node:http";
import { type ActionOptions, createGuard } from "@require-action/core";
import {
  type AdapterOptions,
  attachGuard,
  type Awaitable,
  type NodeFramework,
  NodeRequest,
  proxyTrust,
  receivedTarget,
  type Verdict,
  settle,
} from "@require-action/core/adapter";
import { memberOf } from "@require-action/core/options";
import type { NextFunction, Request } from "express";
import type { ActionMiddleware, RequireAction, RouteRequest } from "./action-middleware.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` is `req.user.id`, as passport leaves it, by default. */
export type ExpressGuardOptions = AdapterOptions<Request>;

/**
 * Creates the `requireAction` of an Express application. Wrong options throw a `ConfigurationError`, here and where a route
 * is declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] });
 * const withdrawal = requireAction("withdraw-funds", { bind: (req) => ({ amount: String(req.body.amount) }) });
 * app.post("/withdrawals", withdrawal, (req, res) => res.json({ withdrawn: withdrawal.approved(req).bound.amount }));
 */
export function createRequireAction(options: ExpressGuardOptions): RequireAction {
  const guard = createGuard<Request>(options, { factory: "createRequireAction", user: signedInUser });
  const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionMiddleware<any> => {
    const protect = guard.protect(action, actionOptions);
    return attachGuard(
      protect,
      function requireActionGuard(req: RouteRequest, res: ServerResponse, next: NextFunction) {
        const native = req as Request;
        const request = new NodeRequest(native, native, res, express);
        const judge = (): Awaitable<Verdict> => protect.judge(request);
        void settle(judge, (verdict) => follow(verdict, res, next), next);
      },
    );
  };
  return Object.assign(requireAction, { guard });
}

const express: NodeFramework<Request> = {
  target: (req) => receivedTarget(req, req.url),
  ip: (req) => req.ip,
  body: (req) => req.body as unknown,
  parsed: (req) => req,
  trustedProxies: ({ app }) => proxyTrust(app?.get("trust proxy")),
};

function follow(verdict: Verdict, res: ServerResponse, next: NextFunction): void {
  if (verdict.kind === "proceed") return next();
  // Something else, such as a time limit, has answered meanwhile; writing a second answer would throw where nobody catches.
  if (res.headersSent) return;
  try {
    res.writeHead(verdict.status, verdict.headers).end(verdict.body);
  } catch (error) {
    // A middleware's, that looks at headers when they are written: as behind any other handler.
    next(error);
  }
}

function signedInUser(req: Request): string | number | undefined {
  return memberOf(memberOf(req, "user"), "id") as string | number | undefined;
}
