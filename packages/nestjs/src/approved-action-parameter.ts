import { createParamDecorator, type ExecutionContext } from "@nestjs/common";
import * as core from "@require-action/core";
import type { ApprovalReader } from "@require-action/core/adapter";
import { httpRequest } from "./http-request.ts";

/** What a handler may know about the action that it carries out. */
export type ApprovedAction = core.ApprovedAction;

/**
 * Gives a handler its approved action: of the guard that is named, or of the action. A handler that was reached without it
 * does not run: `action_not_passed`.
 *
 * @example
 * ```ts
 * const withdrawal = RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: String(body.amount) }) });
 * class Withdrawals {
 *   @withdrawal
 *   create(@ApprovedAction(withdrawal) { bound }: Approved<typeof withdrawal>) {}
 * }
 * ```
 */
export const ApprovedAction: (of?: ApprovalReader<object> | string) => ParameterDecorator = createParamDecorator(
  (of: ApprovalReader<object> | string | undefined, context: ExecutionContext): core.PassedAction => {
    const request = httpRequest(context);
    if (of !== undefined && typeof of !== "string") return of.approved(request);
    return core.approvedAction(request, of) ?? core.assertActionPassed(request, of ?? "an action");
  },
);
