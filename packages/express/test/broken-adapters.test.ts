import { createGuard, fromIncomingMessage, type GuardRequest, type Verdict } from "@require-action/core";
import { findFailingCases } from "@require-action/testing/conformance";
import express, { type NextFunction, type Request, type RequestHandler, type Response } from "express";
import { describe, expect, it } from "vitest";
import type { ExpressActionOptions } from "../src/index.ts";
import { type CreateRequireAction, expressHarness } from "./harness.ts";

interface Step {
  readonly protect: (request: GuardRequest<Request>) => Promise<Verdict>;
  readonly request: GuardRequest<Request>;
  readonly req: Request;
  readonly res: Response;
  readonly next: NextFunction;
}

/** The adapter as it should be, but for the step that is broken. */
function adapter(step: (step: Step) => unknown): CreateRequireAction {
  return (options) => {
    const guard = createGuard<Request>({ user: (req) => (req as { user?: { id: string } }).user?.id, ...options });
    const requireAction = (action: string, actionOptions?: ExpressActionOptions): RequestHandler => {
      const protect = guard.protect(action, actionOptions);
      return (req, res, next) => {
        const request = {
          ...fromIncomingMessage(req, res, req.body),
          native: req,
          method: req.method,
          target: req.originalUrl,
          ip: req.ip,
        };
        step({ protect, request, req, res, next });
      };
    };
    return Object.assign(requireAction, { guard });
  };
}

function reply({ res }: Step, verdict: Verdict): void {
  if (verdict.kind === "reply" && !res.headersSent) res.writeHead(verdict.status, verdict.headers).end(verdict.body);
}

function follow(step: Step, verdict: Verdict): void {
  if (verdict.kind === "proceed") step.next();
  else reply(step, verdict);
}

/** Sees the request otherwise than it is. */
function seeing(change: (step: Step) => Partial<GuardRequest<Request>>): CreateRequireAction {
  return adapter((step) => {
    step.protect({ ...step.request, ...change(step) }).then((verdict) => follow(step, verdict), step.next);
  });
}

/** Follows the verdict otherwise than it says. */
function following(wrongly: (step: Step, verdict: Verdict) => void): CreateRequireAction {
  return adapter((step) => {
    step.protect(step.request).then((verdict) => wrongly(step, verdict), step.next);
  });
}

const broken: readonly { readonly name: string; readonly group: string; readonly create: CreateRequireAction }[] = [
  {
    name: "runs the handler first",
    group: "a",
    create: adapter((step) => {
      step.next();
      step.protect(step.request).catch(() => {});
    }),
  },
  {
    name: "runs the handler while the decision is slow",
    group: "b",
    create: adapter((step) => {
      const impatient = setTimeout(step.next, 5);
      step.protect(step.request).then((verdict) => {
        clearTimeout(impatient);
        if (!step.res.headersSent) follow(step, verdict);
      }, step.next);
    }),
  },
  {
    name: "fails open when nothing can be decided",
    group: "c",
    create: following((step, verdict) => {
      if (verdict.kind === "reply" && verdict.status === 503) step.next();
      else follow(step, verdict);
    }),
  },
  {
    name: "fails open when the guard rejects",
    group: "e",
    create: adapter((step) => {
      step.protect(step.request).then(
        (verdict) => follow(step, verdict),
        () => step.next(),
      );
    }),
  },
  {
    name: "lets reviews through, as 202 is no error",
    group: "a",
    create: following((step, verdict) => {
      if (verdict.kind === "reply" && verdict.status < 400) step.next();
      else follow(step, verdict);
    }),
  },
  {
    name: "calls next twice",
    group: "b",
    create: following((step, verdict) => {
      follow(step, verdict);
      if (verdict.kind === "proceed") step.next();
    }),
  },
  {
    name: "drops the headers",
    group: "f",
    create: following((step, verdict) => {
      if (verdict.kind === "proceed") step.next();
      else step.res.status(verdict.status).end(verdict.body);
    }),
  },
  {
    name: "drops the status",
    group: "f",
    create: following((step, verdict) => {
      if (verdict.kind === "proceed") step.next();
      else step.res.set(verdict.headers).end(verdict.body);
    }),
  },
  {
    name: "drops the body",
    group: "f",
    create: following((step, verdict) => {
      if (verdict.kind === "proceed") step.next();
      else step.res.sendStatus(verdict.status);
    }),
  },
  {
    name: "skips HEAD",
    group: "d",
    create: adapter((step) => {
      if (step.req.method === "HEAD") step.next();
      else step.protect(step.request).then((verdict) => follow(step, verdict), step.next);
    }),
  },
  {
    name: "matches the path itself",
    group: "d",
    create: adapter((step) => {
      if (step.req.originalUrl !== "/bank/withdrawals") step.next();
      else step.protect(step.request).then((verdict) => follow(step, verdict), step.next);
    }),
  },
  { name: "binds no query", group: "d", create: seeing(({ req }) => ({ target: req.baseUrl + req.path })) },
  { name: "binds no path", group: "d", create: seeing(() => ({ target: "/" })) },
  {
    name: "binds no body",
    group: "d",
    create: seeing(() => ({ body: { sent: false, read: true, value: undefined } })),
  },
  {
    name: "takes an unparsed body for an empty one",
    group: "e",
    create: seeing(({ request }) => ({ body: { ...request.body, sent: false } })),
  },
  {
    name: "believes a forwarding header",
    group: "a",
    create: seeing(({ req }) => ({ ip: req.get("x-forwarded-for") ?? req.ip })),
  },
  {
    name: "takes the first of two tokens",
    group: "h",
    create: seeing(({ request }) => ({ header: (name) => request.header(name)?.split(",")[0] })),
  },
  {
    name: "takes an empty token for none",
    group: "h",
    create: seeing(({ request }) => ({ header: (name) => request.header(name) || undefined })),
  },
  { name: "never notices that the client left", group: "i", create: seeing(() => ({ closed: () => false })) },
  {
    name: "never tells that a response has ended",
    group: "m",
    create: seeing(() => ({ whenEnded: () => {} })),
  },
  {
    name: "never tells that a response has ended",
    group: "n",
    create: seeing(() => ({ whenEnded: () => {} })),
  },
  {
    name: "tells of the end when the handler begins",
    group: "n",
    create: seeing(() => ({ whenEnded: (tell) => void setImmediate(tell, 200) })),
  },
  {
    name: "tells the end of well answered requests only",
    group: "n",
    create: seeing(({ res }) => ({
      whenEnded: (tell) => void res.on("finish", () => res.statusCode === 200 && tell(200)),
    })),
  },
  {
    name: "takes an error for a good answer",
    group: "m",
    create: seeing(({ request }) => ({ whenEnded: (tell) => request.whenEnded(() => tell(200)) })),
  },
  {
    name: "has each guard claim for itself",
    group: "j",
    create: seeing(({ req }) => ({ native: Object.create(req) })),
  },
];

describe("the adapter conformance suite", () => {
  it.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    const failing = await findFailingCases(expressHarness("broken", express, create), group);
    expect(failing).not.toEqual([]);
  });

  it.each([..."abcdefghijklmn"])("is green on a hand-written adapter that is right (%s)", async (group) => {
    const right = following(follow);
    expect(await findFailingCases(expressHarness("right", express, right), group)).toEqual([]);
  });

  it("g: is red on an accessor that parallel requests share", async () => {
    let latest: ReturnType<ReturnType<typeof expressHarness>["approvedAction"]>;
    const harness = expressHarness("broken", express);
    const failing = await findFailingCases(
      {
        ...harness,
        serve: (app) =>
          harness.serve({
            ...app,
            routes: app.routes.map((route) => ({
              ...route,
              handle: (native) => {
                latest = harness.approvedAction(native);
                return route.handle(native);
              },
            })),
          }),
        approvedAction: () => latest,
      },
      "g",
    );
    expect(failing).toContain("50 requests at once each see their own approved action");
  });
});
