import { describeAdapterConformance } from "@require-action/conformance/adapter";
import express5, { type NextFunction, type Request, type Response } from "express";
import express4 from "express4";
import type { ActionOptions } from "@require-action/core";
import { type ActionMiddleware, createActionDecorator, createRequireAction } from "../src/index.ts";
import { type CreateRequireAction, expressHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

/** Guards by a decorated method that does nothing but hand on. */
const createDecorated: CreateRequireAction = (guardOptions) => {
  const requireAction = createRequireAction(guardOptions);
  const RequireAction = createActionDecorator(requireAction);
  const decorated = (action: string, options?: ActionOptions<any, any>): ActionMiddleware<any> => {
    const handOn = (_req: Request, _res: Response, next: NextFunction): void => next();
    const decorator = RequireAction(action, options);
    const { value } = decorator({}, "handOn", { value: handOn });
    return Object.assign(value as unknown as ActionMiddleware<any>, { approved: decorator.approved });
  };
  return Object.assign(decorated, { guard: requireAction.guard });
};

describeAdapterConformance({ name: "Express 4", open: () => expressHarness(express4 as unknown as typeof express5) });
describeAdapterConformance({
  name: "decorated methods on Express 5",
  open: () => expressHarness(express5, createDecorated),
});
describeAdapterConformance({
  name: "decorated methods on Express 4",
  open: () => expressHarness(express4 as unknown as typeof express5, createDecorated),
});
