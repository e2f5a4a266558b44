import type { GuardOptions } from "@require-action/core";
import { attachGuard, type Awaitable } from "@require-action/core/adapter";
import { createAdapter } from "./adapter.ts";
import type { RequireAction } from "./guarded-handler.ts";
import type { FetchAdapterOptions, FetchOptions, HandlerArguments, Platform } from "../request/platform.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` says who is signed in. */
export type FetchGuardOptions<Native extends object = Request> = GuardOptions<Native> & FetchOptions<Native>;

/** Creates the `requireAction` of a platform. */
export function requireActionOf<Args extends HandlerArguments>(
  platform: Platform<Args>,
  options: FetchAdapterOptions<any>,
): RequireAction<any> {
  const { guard, declare } = createAdapter(platform, options);
  const requireAction: any = async (native: object, action: string, own: any, work: any, ...rest: unknown[]) =>
    declare(action, own).pass([native, ...rest] as unknown as Args, work);
  const guarded = (
    action: string,
    own: any,
    handler: (approved: unknown, ...args: Args) => Awaitable<Response>,
  ): any => {
    const { protect, pass } = declare(action, own);
    const guardedHandler = async (...args: Args): Promise<Response> =>
      pass(args, (approved) => handler(approved, ...args));
    return attachGuard(protect, guardedHandler, true);
  };
  return Object.assign(requireAction, { guarded, guard });
}

/**
 * Creates the `requireAction` of an application whose handlers make a `Response` of a `Request`. Wrong options throw a
 * `ConfigurationError`, here and where a handler is guarded.
 *
 * @example
 * const { guarded } = createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""], user: signedInUser });
 * const bind = async (request: Request) => pick(await request.json());
 * const withdraw = guarded("withdraw-funds", { bind }, (approved) => Response.json(approved.bound));
 */
export function createRequireAction(options: FetchGuardOptions): RequireAction {
  return requireActionOf({ request: (request: Request) => request, trust: "none" }, options);
}
