import { adapterConformance } from "@require-action/testing/conformance";
import express5, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import express4 from "express4";
import { createActionDecorator, createRequireAction, type ExpressActionOptions } from "../src/index.ts";
import { type CreateRequireAction, expressHarness } from "./harness.ts";

/** Guards by a decorated method that does nothing but hand on. */
const createDecorated: CreateRequireAction = (guardOptions) => {
  const requireAction = createRequireAction(guardOptions);
  const RequireAction = createActionDecorator(requireAction);
  const decorated = (action: string, options?: ExpressActionOptions): RequestHandler => {
    const handOn = (_req: Request, _res: Response, next: NextFunction): void => next();
    const { value } = RequireAction(action, options)({}, "handOn", { value: handOn });
    return value as RequestHandler;
  };
  return Object.assign(decorated, { guard: requireAction.guard });
};

adapterConformance(expressHarness("decorated methods on Express 5", express5, createDecorated));
adapterConformance(
  expressHarness("decorated methods on Express 4", express4 as unknown as typeof express5, createDecorated),
);
