export { approvedAction, assertActionPassed } from "@require-action/core";
export { ActionRefused } from "./action-refused.ts";
export { ApprovedAction } from "./approved-action-parameter.ts";
export type { NestActionOptions, NestGuardOptions } from "./nest-options.ts";
export { RequireAction } from "./require-action.ts";
export { RequireActionModule } from "./require-action-module.ts";
