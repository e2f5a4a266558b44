import { type ActionOptions, ConfigurationError, type PassedAction } from "@require-action/core";
import { type ApprovalReader, type ApprovedBy, attachGuard, type Bindable } from "@require-action/core/adapter";
import type { NextFunction, Request, Response } from "express";
import type { ActionMiddleware, AnyRequest, RequireAction, RouteRequest } from "./action-middleware.ts";

// Declared as a method, so that a controller's own method may ask for a narrower request.
interface Controller {
  method(req: Request<any, any, any, any>, res: Response<any, any>, next: NextFunction): unknown;
}

/** A handler that is a method of a controller class. */
export type ControllerMethod = Controller["method"];

/**
 * Guards a method: as a TC39 decorator, and as a legacy TypeScript one (`experimentalDecorators`). `approved(req)` reads what
 * was approved.
 */
export interface ActionDecorator<Approved = PassedAction> extends ApprovalReader<RouteRequest, Approved> {
  <Method extends ControllerMethod>(method: Method, context: ClassMethodDecoratorContext): Method;
  <Method extends ControllerMethod>(
    target: object,
    name: string | symbol,
    descriptor: TypedPropertyDescriptor<Method>,
  ): TypedPropertyDescriptor<Method>;
}

/** Names the action that a method carries out: `@RequireAction("withdraw-funds")`. */
export type ActionDecoratorFactory = <
  Fields extends Bindable<Fields> = never,
  When extends boolean = true,
  Observe extends boolean = false,
  Req extends AnyRequest = Request,
>(
  action: string,
  options?: ActionOptions<Req, Fields, When, Observe>,
) => ActionDecorator<ApprovedBy<Fields, When, Observe>>;

/**
 * Creates the `RequireAction` decorator of an application, for controller classes whose methods are plain Express handlers.
 * Wrong options, and anything but a method, throw a `ConfigurationError` when the class is defined. A decorated method answers
 * a promise that settles once the method has run; where it does not run, or fails and `next` receives the error, nothing behind it may.
 *
 * @example
 * ```ts
 * const RequireAction = createActionDecorator(createRequireAction({ provider, sealSecrets: [process.env.SEAL_SECRET ?? ""] }));
 * const withdrawal = RequireAction("withdraw-funds", { bind: (req) => ({ amount: String(req.body.amount) }) });
 * class Withdrawals {
 *   @withdrawal
 *   async create(req: Request, res: Response) {
 *     res.json({ withdrawn: withdrawal.approved(req).bound.amount });
 *   }
 * }
 * const withdrawals = new Withdrawals();
 * app.post("/withdrawals", (req, res) => withdrawals.create(req, res));
 * ```
 */
export function createActionDecorator(requireAction: RequireAction): ActionDecoratorFactory {
  return (action: string, options?: ActionOptions<any, any>): ActionDecorator<any> => {
    const guard = requireAction(action, options);
    const decorate = (target: unknown, context: unknown, descriptor?: PropertyDescriptor): unknown => {
      if (isMethodContext(context)) return guardMethod(guard, target as ControllerMethod);
      if (typeof descriptor?.value === "function") {
        return { ...descriptor, value: guardMethod(guard, descriptor.value as ControllerMethod) };
      }
      throw new ConfigurationError("RequireAction", "decorates methods only: anything else would stay unguarded");
    };
    return Object.assign(decorate as ActionDecorator, { approved: guard.approved });
  };
}

function isMethodContext(context: unknown): boolean {
  return (context as Partial<DecoratorContext> | undefined)?.kind === "method";
}

function guardMethod(guard: ActionMiddleware<any>, method: ControllerMethod): ControllerMethod {
  const guarded: ControllerMethod = function (this: unknown, req, res, next?: NextFunction) {
    return new Promise((resolve, reject) => {
      // Without a reason `next` would go on to the following handler.
      const fail = (reason: unknown): void => (next ?? reject)(reason || new Error("Rejected with nothing"));
      guard(req, res, (reason?: unknown) => {
        if (reason) return fail(reason);
        new Promise((run) => run(method.call(this as Controller, req, res, next!))).then(resolve, fail);
      });
    });
  };
  return attachGuard(guard, Object.defineProperty(guarded, "name", { value: method.name }), true);
}
