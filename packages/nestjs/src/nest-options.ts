import type { ActionOptions } from "@require-action/core";
import type { AdapterOptions } from "@require-action/core/adapter";

/** Options of `RequireActionModule`: a guard's, where `user` is `request.user.id`, as a sign-in guard leaves it, by default. */
export type NestGuardOptions = AdapterOptions<any>;

/**
 * Options of an action on a Nest route. Resolvers receive the platform's request, Express's or Fastify's, with the body as the
 * client sent it: no pipe has run yet.
 */
export type NestActionOptions<Request extends object = any> = ActionOptions<Request>;
