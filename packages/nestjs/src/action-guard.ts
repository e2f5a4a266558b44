import { type CanActivate, type ExecutionContext, Inject, mixin, type Type } from "@nestjs/common";
import type { Guard } from "@require-action/core";
import type { ActionDeclaration, Protection } from "@require-action/core/adapter";
import { ActionRefused } from "./action-refused.ts";
import { guardRequest } from "./http-request.ts";

/** Injects the guard behind the routes: `@Inject(ACTION_GUARD) private readonly guard: ActionGuard`. */
export const ACTION_GUARD: unique symbol = Symbol("ACTION_GUARD");

/** The guard behind the routes: `run` guards what no route carries. */
export type ActionGuard = Guard<any>;

/** Creates the guard of one action. Wrong options end the start of the application, when Nest instantiates it. */
export function createActionGuard(declaration: ActionDeclaration<object>): Type<CanActivate> {
  class RouteGuard implements CanActivate {
    readonly #protect: Protection<object>;

    constructor(guard: Guard<object>) {
      this.#protect = guard.protect(declaration);
    }

    async canActivate(context: ExecutionContext): Promise<boolean> {
      const verdict = await this.#protect(guardRequest(context));
      // Not false, for which Nest has an answer of its own.
      if (verdict.kind === "reply") throw new ActionRefused(verdict);
      return true;
    }
  }
  Inject(ACTION_GUARD)(RouteGuard, undefined, 0);
  return mixin(RouteGuard);
}
