import type { ServerResponse } from "node:http";
import { type CanActivate, type ExecutionContext, HttpException, UseGuards } from "@nestjs/common";
import { createGuard, type Guard } from "@require-action/core";
import type { GuardRequest, Verdict } from "@require-action/core/adapter";
import { adapterCasesOf, findFailingCases } from "@require-action/conformance/adapter";
import { describe, expect, it } from "vitest";
import { guardRequest } from "../src/http-request.ts";
import { ActionRefused, type RequireAction } from "../src/index.ts";
import { type Adapter, createModule, nestHarness } from "./harness.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

/** The adapter as it should be, but for how its guard follows the verdict. */
function following(
  follow: (verdict: Verdict, context: ExecutionContext) => boolean,
  change: (request: GuardRequest<any>) => Partial<GuardRequest<any>> = () => ({}),
): Adapter {
  let guard: Guard<object>;
  const decorate = (action: string, options?: object): MethodDecorator => {
    const protect = guard.protect(action, options);
    const canActivate: CanActivate["canActivate"] = async (context) => {
      const request = guardRequest(context);
      return follow(await protect({ ...request, ...change(request) }), context);
    };
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
  it.each([
    [
      "d",
      "hands over the url that its router sees",
      "T14: an approval is good for the target as received, below a mount point that is taken off the url",
      ({ native }: GuardRequest<any>) => ({ target: native.url }),
    ],
    [
      "e",
      "hands over no text",
      "T56: a body that names a field twice answers 400, with an approval and without",
      ({ body }: GuardRequest<any>) => ({ body: { ...body, text: undefined } }),
    ],
  ] as const)("(%s) is red on an adapter that %s (%s)", async (group, _name, title, change) => {
    const adapter = following((verdict) => {
      if (verdict.kind === "reply") throw new ActionRefused(verdict);
      return true;
    }, change);
    expect(
      await findFailingCases(adapterCasesOf(group), () => nestHarness(platform, adapter), { atOnce: true }),
    ).toContain(title);
  });

  it.concurrent.each(broken)("is red on an adapter that $name", async ({ group, adapter }) => {
    expect(
      await findFailingCases(adapterCasesOf(group), () => nestHarness(platform, adapter), { atOnce: true }),
    ).not.toEqual([]);
  });
});
