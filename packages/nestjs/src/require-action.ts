import { UseFilters, UseGuards } from "@nestjs/common";
import { createActionGuard } from "./action-guard.ts";
import { ActionRefusedFilter } from "./action-refused.ts";
import { noteGuarded } from "./guarded-methods.ts";
import type { NestActionOptions } from "./nest-options.ts";

/**
 * Guards a route, or all routes of a controller. Decorators apply from below: put it above the `UseGuards` that signs the user
 * in. Wrong options, as a `ConfigurationError`, end the start of the application.
 *
 * @example
 * class Withdrawals {
 *   @Post("withdrawals")
 *   @RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: body.amount }) })
 *   create(@ApprovedAction() approved: ApprovedAction) {}
 * }
 */
export function RequireAction<Request extends object = any>(
  action: string,
  options?: NestActionOptions<Request>,
): MethodDecorator & ClassDecorator {
  const guard = createActionGuard(action, options);
  return (target: object, name?: string | symbol, descriptor?: TypedPropertyDescriptor<any>) => {
    for (const decorate of [UseGuards(guard), UseFilters(ActionRefusedFilter)]) {
      if (name === undefined) (decorate as ClassDecorator)(target as never);
      else decorate(target, name, descriptor!);
    }
    if (name !== undefined) noteGuarded({ target, name, guard });
  };
}
