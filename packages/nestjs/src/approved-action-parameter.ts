import { createParamDecorator, type ExecutionContext } from "@nestjs/common";
import * as core from "@require-action/core";
import { httpRequest } from "./http-request.ts";

/** What a handler may know about the action that it carries out. */
export type ApprovedAction = core.ApprovedAction;

/**
 * Gives a handler its approved action; with several guards on a route, name the action. A handler that was reached without its
 * guard does not run: `action_not_passed`.
 *
 * @example
 * class Withdrawals {
 *   create(@ApprovedAction() { bound }: ApprovedAction) {}
 * }
 */
export const ApprovedAction: (action?: string) => ParameterDecorator = createParamDecorator(
  (action: string | undefined, context: ExecutionContext): ApprovedAction => {
    const request = httpRequest(context);
    return core.approvedAction(request, action) ?? core.assertActionPassed(request, action ?? "an action");
  },
);
