import { UseFilters, UseGuards } from "@nestjs/common";
import type { ActionOptions, PassedAction } from "@require-action/core";
import { type ApprovalReader, type ApprovedBy, type Bindable, declareAction } from "@require-action/core/adapter";
import { createActionGuard } from "./action-guard.ts";
import { ActionRefusedFilter } from "./action-refused.ts";
import { noteGuarded } from "./guarded-methods.ts";

/** Guards a route, or all routes of a controller. `@ApprovedAction(decorator)` injects what was approved. */
export interface ActionDecorator<Approved = PassedAction>
  extends MethodDecorator, ClassDecorator, ApprovalReader<object, Approved> {}

/**
 * Guards a route, or all routes of a controller. Decorators apply from below: put it above the `UseGuards` that signs the user
 * in. Wrong options, as a `ConfigurationError`, end the start of the application.
 *
 * @example
 * ```ts
 * const withdrawal = RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: String(body.amount) }) });
 * class Withdrawals {
 *   @Post("withdrawals")
 *   @withdrawal
 *   create(@ApprovedAction(withdrawal) { bound }: Approved<typeof withdrawal>) {
 *     return { withdrawn: bound.amount };
 *   }
 * }
 * ```
 */
export function RequireAction<
  Fields extends Bindable<Fields> = never,
  When extends boolean = true,
  Observe extends boolean = false,
  Request extends object = any,
>(
  action: string,
  options?: ActionOptions<Request, Fields, When, Observe>,
): ActionDecorator<ApprovedBy<Fields, When, Observe>> {
  const declaration = declareAction(action, options);
  const guard = createActionGuard(declaration);
  const decorate = (target: object, name?: string | symbol, descriptor?: TypedPropertyDescriptor<any>): void => {
    // Nest's decorators tell a class by the descriptor that is missing.
    for (const decorate of [UseGuards(guard), UseFilters(ActionRefusedFilter)]) decorate(target, name!, descriptor!);
    if (name !== undefined) noteGuarded({ target, name, guard });
  };
  return Object.assign(decorate as MethodDecorator & ClassDecorator, { approved: declaration.approved });
}
