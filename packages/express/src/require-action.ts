import {
  type ActionOptions,
  createGuard,
  describedLike,
  fromIncomingMessage,
  type Guard,
  type GuardOptions,
  type GuardRequest,
  type Verdict,
} from "@require-action/core";
import type { NextFunction, Request, RequestHandler, Response } from "express";

/** Options of {@link createRequireAction}: a guard's, where `user` is `req.user.id`, as passport leaves it, by default. */
export type ExpressGuardOptions = Omit<GuardOptions<Request>, "user"> & Partial<Pick<GuardOptions<Request>, "user">>;

/** Options of an action on an Express route. */
export type ExpressActionOptions = ActionOptions<Request>;

/** Guards a route: `app.post("/withdrawals", requireAction("withdraw-funds"), handler)`. */
export interface RequireAction {
  (action: string, options?: ExpressActionOptions): RequestHandler;
  /** The guard behind the routes. */
  readonly guard: Guard<Request>;
}

/**
 * Creates the `requireAction` of an Express application. Wrong options throw a `ConfigurationError`, here and where a route
 * is declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET!] });
 * app.post("/withdrawals", requireAction("withdraw-funds", { bind: (req) => ({ amount: req.body.amount }) }), handler);
 */
export function createRequireAction(options: ExpressGuardOptions): RequireAction {
  const guard = createGuard<Request>({ user: signedInUser, ...options });
  const requireAction = (action: string, actionOptions?: ExpressActionOptions): RequestHandler => {
    const protect = guard.protect(action, actionOptions);
    return describedLike(protect, function requireActionGuard(req, res, next) {
      // Two callbacks, not a catch: what `next` throws is not the guard's, and calls next no second time.
      protect(guardRequest(req, res)).then((verdict) => follow(verdict, res, next), next);
    });
  };
  return Object.assign(requireAction, { guard });
}

function guardRequest(req: Request, res: Response): GuardRequest<Request> {
  return {
    ...fromIncomingMessage(req, res, req.body),
    native: req,
    method: req.method,
    target: req.originalUrl,
    ip: req.ip,
  };
}

function follow(verdict: Verdict, res: Response, next: NextFunction): void {
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
  return (req as { user?: { id?: string | number } }).user?.id;
}
