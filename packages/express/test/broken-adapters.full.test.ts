import { type ActionOptions, approvedAction, createGuard } from "@require-action/core";
import { attachGuard, fromIncomingMessage, type GuardRequest, type Verdict } from "@require-action/core/adapter";
import { adapterCasesOf, findFailingCases } from "@require-action/conformance/adapter";
import express, { type NextFunction, type Request, type Response } from "express";
import { describe, expect, it } from "vitest";
import type { ActionMiddleware } from "../src/index.ts";
import { type CreateRequireAction, expressHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

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
    const requireAction = (action: string, actionOptions?: ActionOptions<any, any>): ActionMiddleware<any> => {
      const protect = guard.protect(action, actionOptions);
      return attachGuard(protect, ((req: Request, res: Response, next: NextFunction) => {
        const request = {
          ...fromIncomingMessage(req, res, req.body, req),
          native: req,
          method: req.method,
          target: req.originalUrl,
          ip: req.ip,
        };
        step({ protect, request, req, res, next });
      }) as ActionMiddleware);
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

const ORDER =
  "T14: an approval is good for the target as received, in its own letters and with its query in its own order";
const sortedQuery = (target: string): string => {
  const [path = "", query = ""] = target.split("?");
  return `${path}?${query.split("&").toSorted().join("&")}`;
};

/** Breakages that one case alone notices. */
const noticed: readonly { readonly name: string; readonly title: string; readonly create: CreateRequireAction }[] = [
  {
    name: "hands over the url that its router sees",
    title: "T14: an approval is good for the target as received, below a mount point that is taken off the url",
    create: seeing(({ req }) => ({ target: req.url })),
  },
  {
    name: "hands over the url that its router sees",
    title: "T14: an approval is good for the target as received, below a mount point with a parameter",
    create: seeing(({ req }) => ({ target: req.url })),
  },
  {
    name: "binds no method",
    title: "a whole-request approval is good for its own method, path, query and body, under the mount point",
    create: seeing(() => ({ method: "POST" })),
  },
  { name: "sorts the query", title: ORDER, create: seeing(({ req }) => ({ target: sortedQuery(req.originalUrl) })) },
  { name: "ignores case", title: ORDER, create: seeing(({ req }) => ({ target: req.originalUrl.toLowerCase() })) },
  { name: "decodes", title: ORDER, create: seeing(({ req }) => ({ target: decodeURIComponent(req.originalUrl) })) },
  {
    name: "hands over no text",
    title: "T56: a body that names a field twice answers 400, with an approval and without",
    create: seeing(({ request }) => ({ body: { ...request.body, text: undefined } })),
  },
];

describe("the adapter conformance suite", () => {
  // First: what the others leave behind keeps the process at work for a while.
  it.each([..."abcdefghijklmno"])("is green on a hand-written adapter that is right (%s)", async (group) => {
    const right = following(follow);
    expect(await findFailingCases(adapterCasesOf(group), () => expressHarness(express, right))).toEqual([]);
  });

  it.concurrent.each(noticed)("is red on an adapter that $name ($title)", async ({ title, create }) => {
    const group = title.startsWith("T56") ? "e" : "d";
    expect(
      await findFailingCases(adapterCasesOf(group), () => expressHarness(express, create), { atOnce: true }),
    ).toContain(title);
  });

  it.concurrent.each(broken)("is red on an adapter that $name", async ({ group, create }) => {
    const failing = await findFailingCases(adapterCasesOf(group), () => expressHarness(express, create), {
      atOnce: true,
    });
    expect(failing).not.toEqual([]);
  });

  it("o: is red on a guard that reads what any guard of the request has approved", async () => {
    const harness = expressHarness(express);
    const failing = await findFailingCases(
      adapterCasesOf("o"),
      () => ({
        ...harness,
        serve: (app) =>
          harness.serve({
            ...app,
            routes: app.routes.map((route) => ({
              ...route,
              handle: (native, guards) =>
                route.handle(
                  native,
                  guards.map(() => ({ approved: (req) => approvedAction(req)! })),
                ),
            })),
          }),
      }),
      { atOnce: true },
    );
    expect(failing).toContain("each of several guards on a route tells its own fields");
    expect(failing).toContain("T14: a guard tells a handler behind another guard of its action action_not_passed");
  });

  it("g: is red on an accessor that parallel requests share", async () => {
    let latest: ReturnType<ReturnType<typeof expressHarness>["approvedAction"]>;
    const harness = expressHarness(express);
    const failing = await findFailingCases(adapterCasesOf("g"), () => ({
      ...harness,
      serve: (app) =>
        harness.serve({
          ...app,
          routes: app.routes.map((route) => ({
            ...route,
            handle: (native, guards) => {
              latest = harness.approvedAction(native);
              return route.handle(native, guards);
            },
          })),
        }),
      approvedAction: () => latest,
    }));
    expect(failing).toContain("50 requests at once each see their own approved action");
  });
});
