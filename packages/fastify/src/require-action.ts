import {
  type ActionOptions,
  createGuard,
  describedLike,
  fromIncomingMessage,
  type GuardOptions,
} from "@require-action/core";
import type { Guard, GuardRequest, Verdict } from "@require-action/core";
import type { FastifyReply, FastifyRequest, preHandlerHookHandler } from "fastify";

/** The request that resolvers receive, unless they name the types of their route. */
export type ActionRequest = FastifyRequest & { body: any; query: any; params: any };

/** Options of {@link createRequireAction}: a guard's, where `user` is `request.user.id`, as @fastify/passport leaves it, by default. */
export type FastifyGuardOptions = Omit<GuardOptions<ActionRequest>, "user"> &
  Partial<Pick<GuardOptions<ActionRequest>, "user">>;

/** Options of an action on a Fastify route. */
export type FastifyActionOptions<Request extends FastifyRequest<any> = ActionRequest> = ActionOptions<Request>;

/** Guards a route: `app.post("/withdrawals", { preHandler: requireAction("withdraw-funds") }, handler)`. */
export interface RequireAction {
  <Request extends FastifyRequest<any> = ActionRequest>(
    action: string,
    options?: FastifyActionOptions<Request>,
  ): preHandlerHookHandler<any, any, any, any, any, any, any, any>;
  /** The guard behind the routes. */
  readonly guard: Guard<ActionRequest>;
}

/**
 * Creates the `requireAction` of a Fastify application, for use as `preHandler`. Wrong options throw a `ConfigurationError`,
 * here and where a route is declared.
 *
 * @example
 * const requireAction = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET!] });
 * const preHandler = requireAction("withdraw-funds", { bind: (request) => ({ amount: request.body.amount }) });
 * app.post("/withdrawals", { preHandler }, handler);
 */
export function createRequireAction(options: FastifyGuardOptions): RequireAction {
  const guard = createGuard<ActionRequest>({ user: signedInUser, ...options });
  const requireAction = (action: string, actionOptions?: FastifyActionOptions<any>): preHandlerHookHandler => {
    const protect = guard.protect(action, actionOptions as FastifyActionOptions);
    // With `done`, not async: Fastify runs the handler once an async hook has settled and no reply has ended yet, which an
    // asynchronous onSend hook or a client that leaves in time would bring about.
    return describedLike(protect, function requireActionGuard(request: ActionRequest, reply: FastifyReply, done) {
      protect(guardRequest(request, reply)).then((verdict) => follow(verdict, reply, done), done);
    });
  };
  return Object.assign(requireAction, { guard });
}

function guardRequest(request: ActionRequest, reply: FastifyReply): GuardRequest<ActionRequest> {
  return {
    ...fromIncomingMessage(request.raw, reply.raw, request.body),
    native: request,
    method: request.method,
    target: request.originalUrl,
    ip: request.ip,
  };
}

function follow(verdict: Verdict, reply: FastifyReply, done: () => void): void {
  if (verdict.kind === "proceed") return done();
  // Written past Fastify, by a time limit for example; a second answer would throw where nobody catches.
  if (reply.raw.headersSent) return;
  // Bytes, as Fastify would add a charset to the type of a text.
  reply.code(verdict.status).headers(verdict.headers).send(Buffer.from(verdict.body));
}

function signedInUser(request: ActionRequest): string | number | undefined {
  return (request as { user?: { id?: string | number } }).user?.id;
}
