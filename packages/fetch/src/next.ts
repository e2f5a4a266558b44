import type { RequireAction } from "./guarded-handler.ts";
import { type FetchGuardOptions, requireActionOf } from "./require-action.ts";

/**
 * Creates the `requireAction` of a Next application, for route handlers. Next states no client's address: pass `clientAddress`.
 */
export function createRequireAction(options: FetchGuardOptions): RequireAction {
  return requireActionOf({ request: (request: Request) => request }, options);
}
