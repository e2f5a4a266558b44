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
export type {
  ActionHook,
  ActionRequest,
  AnyHook,
  AnyRequest,
  FastifyActionOptions,
  RequireAction,
} from "./action-hook.ts";
export { requireActionPlugin } from "./plugin.ts";
export { createRequireAction, type FastifyGuardOptions } from "./require-action.ts";
