import { type Awaitable } from "@require-action/core/adapter";
import { option } from "@require-action/core/options";
import type { RequireAction } from "./handler/guarded-handler.ts";
import { type FetchGuardOptions, requireActionOf } from "./handler/require-action.ts";
import { type GuardServerAction, serverActionsOf } from "./handler/server-action.ts";

export type { GuardedServerAction, ServerActionOptions, ServerActionResult } from "./handler/server-action.ts";

/** Options of {@link createRequireAction}: a guard's, where `user` says who is signed in. */
export interface NextGuardOptions extends FetchGuardOptions {
  /** `headers` of `next/headers`, by which a server action knows its request. */
  readonly headers?: () => Awaitable<Headers>;
}

/** Guards route handlers and server actions. */
export interface NextRequireAction extends RequireAction {
  /**
   * Puts a guard in front of a server action. It answers with the verdict as data, and `useServerAction` of
   * `@require-action/client/react` completes it. Resolvers of the guard receive a `Request` that has the headers alone.
   */
  readonly serverAction: GuardServerAction;
}

/** Creates the `requireAction` of a Next application. Next states no client's address: pass `clientAddress`. */
export function createRequireAction(options: NextGuardOptions): NextRequireAction {
  const own = { headers: option.callback };
  const requireAction = requireActionOf({ request: (request: Request) => request, own }, options);
  return Object.assign(requireAction, { serverAction: serverActionsOf(requireAction.guard, options) });
}
