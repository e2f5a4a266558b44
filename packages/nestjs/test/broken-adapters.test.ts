import type { ServerResponse } from "node:http";
import { type CanActivate, type ExecutionContext, HttpException, UseGuards } from "@nestjs/common";
import { createGuard, type Guard, type Verdict } from "@require-action/core";
import { findFailingCases } from "@require-action/testing/conformance";
import { describe, expect, it } from "vitest";
import { guardRequest } from "../src/http-request.ts";
import type { RequireAction } from "../src/index.ts";
import { type Adapter, createModule, nestHarness } from "./harness.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";

/** The adapter as it should be, but for how its guard follows the verdict. */
function following(follow: (verdict: Verdict, context: ExecutionContext) => boolean): Adapter {
  let guard: Guard<object>;
  const decorate = (action: string, options?: object): MethodDecorator => {
    const protect = guard.protect(action, options);
    const canActivate: CanActivate["canActivate"] = async (context) =>
      follow(await protect(guardRequest(context)), context);
    return UseGuards({ canActivate });
  };
  return {
    RequireAction: decorate as typeof RequireAction,
    forRoot(options) {
      guard = createGuard<object>({ user: (request: any) => request.user?.id, ...options });
      return { module: createModule({}) };
    },
    guardOf: () => guard,
  };
}

const broken = [
  {
    name: "answers false, for which Nest has an answer of its own",
    group: "a",
    adapter: following((verdict) => verdict.kind === "proceed"),
  },
  {
    name: "throws the body as an ordinary exception",
    group: "f",
    adapter: following((verdict) => {
      if (verdict.kind === "reply") throw new HttpException(JSON.parse(verdict.body) as object, verdict.status);
      return true;
    }),
  },
  {
    name: "writes the reply itself and lets the request through, as it is answered",
    group: "a",
    adapter: following((verdict, context) => {
      const response = context.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
      if (verdict.kind === "reply")
        (response.raw ?? response).writeHead(verdict.status, verdict.headers).end(verdict.body);
      return true;
    }),
  },
] as const;

describe.each([expressPlatform, fastifyPlatform])("the adapter conformance suite on $name", (platform) => {
  it.each(broken)("is red on an adapter that $name", async ({ group, adapter }) => {
    expect(await findFailingCases(nestHarness("broken", platform, adapter), group)).not.toEqual([]);
  });
});
