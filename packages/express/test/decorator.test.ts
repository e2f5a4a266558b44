import { ConfigurationError, createMemoryLedger } from "@require-action/core";
import { guardDescription } from "@require-action/core/adapter";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import express, { type NextFunction, type Request, type Response } from "express";
import request from "supertest";
import { describe, expect, it } from "vitest";
import {
  type ActionDecoratorFactory,
  approvedAction,
  createActionDecorator,
  createRequireAction,
} from "../src/index.ts";
import { DECORATOR_KINDS, importCompiled } from "./decorator-compiled.ts";
import type * as Controllers from "./decorator-controllers.ts";

const fixture = new URL("./decorator-controllers.ts", import.meta.url);

function createDecorator(): { RequireAction: ActionDecoratorFactory; provider: ScriptedProvider } {
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    user: () => "alice",
    sealSecrets: ["decorator-test-seal-secret-0123456789"],
    ledger: createMemoryLedger(),
  });
  return { RequireAction: createActionDecorator(requireAction), provider };
}

function createApp(handler: (req: Request, res: Response, next: NextFunction) => unknown): express.Express {
  const app = express();
  app.use(express.json());
  // A middleware that hides what the parsers did, as one that starts over does.
  app.use((req, _res, next) => {
    if (req.get("content-type") === "text/x-unknown") Reflect.deleteProperty(req, "body");
    next();
  });
  app.post("/", handler, () => expect.unreachable("nothing runs behind a controller's method"));
  app.use((error: Error, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).json({ failure: error.message });
  });
  return app;
}

describe.each(DECORATOR_KINDS)("RequireAction as a %s decorator", (kind) => {
  async function setUp(): Promise<ReturnType<typeof Controllers.createWithdrawals> & { provider: ScriptedProvider }> {
    const { createWithdrawals } = await importCompiled<typeof Controllers>(fixture, kind);
    const { RequireAction, provider } = createDecorator();
    return { ...createWithdrawals({ RequireAction, approvedAction }), provider };
  }

  it("runs the method on its own instance, once its action is approved", async () => {
    const { withdrawals, provider } = await setUp();
    const app = createApp((req, res) => withdrawals.create(req, res));
    provider.answerNext("CHALLENGE_REQUIRED");
    const challenged = await request(app).post("/").send({ amount: "100.00" });
    expect(challenged.body.code).toBe("challenge_required");
    expect(withdrawals.sent).toEqual([]);
    const token = provider.completeChallenge(challenged.body.token);
    const changed = await request(app).post("/").set("action-token", token).send({ amount: "9999.00" });
    expect(changed.body.code).toBe("action_parameters_changed");
    const approved = await request(app).post("/").set("action-token", token).send({ amount: "100.00" });
    expect(approved.body).toEqual({ sent: ["100.00"] });
  });

  it("takes a method that is bound to its instance and mounted as it is", async () => {
    const { withdrawals } = await setUp();
    const app = createApp(withdrawals.create.bind(withdrawals) as never);
    expect((await request(app).post("/").send({ amount: "1.00" })).body).toEqual({ sent: ["1.00"] });
  });

  it("T13: asks for both actions where a method has two", async () => {
    const { withdrawals, provider } = await setUp();
    const app = createApp((req, res) => withdrawals.createBoth(req, res));
    for (const [blocked, status] of [
      ["change-account", 403],
      ["withdraw-funds", 403],
      ["neither", 200],
    ] as const) {
      provider.answer(({ action }) => (action === blocked ? "BLOCK" : "ALLOW"));
      expect((await request(app).post("/").send({})).status).toBe(status);
    }
  });

  it("guards a static method", async () => {
    const { Withdrawals, provider } = await setUp();
    const app = createApp((req, res) => Withdrawals.close(req, res));
    expect((await request(app).post("/")).body).toEqual({ closed: "Withdrawals" });
    provider.answer("BLOCK");
    expect((await request(app).post("/")).status).toBe(403);
  });

  it.each([
    ["throwNow", "failed now"],
    ["throwLater", "failed later"],
    ["throwNothing", "Rejected with nothing"],
  ] as const)("F32: hands on what the method throws, with or without next (%s)", async (name, failure) => {
    const { withdrawals } = await setUp();
    const method = withdrawals[name].bind(withdrawals) as (...args: unknown[]) => unknown;
    for (const handler of [method, (req: Request, res: Response) => method(req, res)]) {
      const { status, body } = await request(createApp(handler)).post("/");
      expect({ status, ...body }).toEqual({ status: 500, failure });
    }
  });

  it("hands on what the guard throws, with or without next", async () => {
    const { withdrawals, provider } = await setUp();
    const method = withdrawals.throwNow.bind(withdrawals) as (...args: unknown[]) => unknown;
    for (const handler of [method, (req: Request, res: Response) => method(req, res)]) {
      const sent = request(createApp(handler)).post("/").set("content-type", "text/x-unknown").send("amount=1");
      expect((await sent).body.failure).toMatch(/^body_not_parsed/);
    }
    expect(provider.calls).toEqual([]);
  });

  it("keeps the method's name", async () => {
    const { withdrawals } = await setUp();
    expect(withdrawals.create.name).toBe("create");
  });

  it("describes the guard of a method, which is the handler as well", async () => {
    const { withdrawals } = await setUp();
    expect(guardDescription(withdrawals.create)).toMatchObject({ action: "withdraw-funds", isHandler: true });
  });

  it.each(["field", "getter", "class"])("refuses a %s, which would stay unguarded", async (member) => {
    const { misuses } = await importCompiled<typeof Controllers>(fixture, kind);
    const decorate = createDecorator().RequireAction("withdraw-funds");
    const misuse = (): unknown => misuses[member]!(decorate);
    expect(misuse).toThrow(ConfigurationError);
    expect(misuse).toThrow("RequireAction: decorates methods only: anything else would stay unguarded");
  });
});

describe("createActionDecorator", () => {
  it("reads what was approved where the method is", async () => {
    const withdrawal = createDecorator().RequireAction("withdraw-funds", {
      bind: (req) => ({ amount: String(req.body.amount) }),
    });
    const create = withdrawal((req: Request, res: Response) => void res.json(withdrawal.approved(req).bound), {
      kind: "method",
    } as ClassMethodDecoratorContext);
    const { body } = await request(createApp(create)).post("/").send({ amount: "1.00" });
    expect(body).toEqual({ amount: "1.00" });
  });

  it("refuses wrong options where the class is defined", () => {
    const { RequireAction } = createDecorator();
    expect(() => RequireAction("withdraw funds")).toThrow(ConfigurationError);
    expect(() => RequireAction("withdraw-funds", { bind: "nothing" as never })).toThrow(ConfigurationError);
  });
});
