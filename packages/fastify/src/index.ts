export {
  type ActionProvider,
  approvedAction,
  type ApprovedAction,
  assertActionPassed,
  ClaimRefused,
  type GuardEvent,
  type Ledger,
  RequireActionError,
} from "@require-action/core";
export { requireActionPlugin } from "./plugin.ts";
export {
  type ActionRequest,
  createRequireAction,
  type FastifyActionOptions,
  type FastifyGuardOptions,
  type RequireAction,
} from "./require-action.ts";
