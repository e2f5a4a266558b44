export {
  type Approved,
  approvedAction,
  type ApprovedAction,
  assertActionPassed,
  ClaimRefused,
  type PassedAction,
  RequireActionError,
} from "@require-action/core";
export type { GuardEvent } from "@require-action/core/events";
export type { Ledger } from "@require-action/core/ledger";
export type { ActionProvider } from "@require-action/core/provider";
export type { GuardedHandler, RequireAction } from "./handler/guarded-handler.ts";
export type { FetchAdapterOptions, FetchOptions } from "./request/platform.ts";
export { createRequireAction, type FetchGuardOptions } from "./handler/require-action.ts";
export { toResponse } from "./handler/to-response.ts";
