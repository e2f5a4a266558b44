import type { Bindable } from "../binding/bindable.ts";
import { assertPassedBehind } from "../outcome/approved-action.ts";
import type { ApprovalReader, ApprovedBy } from "../outcome/approved-by.ts";
import type { ActionOptions } from "../settings/guard-options.ts";

/** An action as a route declares it. */
export interface ActionDeclaration<Native extends object, Approved = unknown> extends ApprovalReader<Native, Approved> {
  readonly action: string;
  /** Read, and checked, by the guard that protects the action. */
  readonly options: ActionOptions<any, any> | undefined;
}

/** Declares an action before there is a guard to protect it, as a decorator has to. */
export function declareAction<
  Native extends object,
  Fields extends Bindable<Fields> = never,
  When extends boolean = true,
  Observe extends boolean = false,
>(
  action: string,
  options?: ActionOptions<Native, Fields, When, Observe>,
): ActionDeclaration<Native, ApprovedBy<Fields, When, Observe>> {
  const declaration: ActionDeclaration<Native, any> = {
    action,
    options,
    approved: (request) => assertPassedBehind(declaration, request),
  };
  return Object.freeze(declaration);
}
