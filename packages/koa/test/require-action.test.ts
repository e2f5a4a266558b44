import { bodyParser } from "@koa/bodyparser";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import Koa from "koa";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { approvedAction, assertActionPassed, createRequireAction } from "../src/index.ts";

const SEAL_SECRET = "a-seal-secret-of-at-least-thirty-two-bytes";

interface State extends Koa.DefaultState {
  session: { readonly member: string };
}

describe("requireAction in Koa", () => {
  it("says which factory was given wrong options", () => {
    expect(() => createRequireAction({} as never)).toThrow("configuration_invalid: createRequireAction: ");
  });

  it("gives resolvers the application's own typed context", async () => {
    const provider = createScriptedProvider();
    const requireAction = createRequireAction<State>({
      provider,
      ledger: createMemoryLedger(),
      sealSecrets: [SEAL_SECRET],
      user: (ctx) => ctx.state.session.member,
    });
    const app = new Koa<State>();
    app.use((ctx, next) => {
      ctx.state.session = { member: "alice" };
      return next();
    });
    app.use(requireAction("withdraw-funds"));
    app.use((ctx) => {
      ctx.body = { user: approvedAction(ctx)?.userId };
    });
    await request(app.callback()).post("/").expect(200, { user: "alice" });
  });

  it("keeps what earlier middleware has set on the response", async () => {
    const provider = createScriptedProvider();
    provider.answer("BLOCK");
    const requireAction = createRequireAction({
      provider,
      sealSecrets: [SEAL_SECRET],
      ledger: createMemoryLedger(),
      user: () => "alice",
    });
    const app = new Koa();
    app.use((ctx, next) => {
      ctx.set("x-request-id", "1");
      return next();
    });
    app.use(requireAction("withdraw-funds"));
    const { status, headers } = await request(app.callback()).post("/");
    expect({ status, id: headers["x-request-id"] }).toEqual({ status: 403, id: "1" });
  });

  it("passes the application's faults to app.on('error'), with a code", async () => {
    const errors: unknown[] = [];
    const requireAction = createRequireAction({
      provider: createScriptedProvider(),
      sealSecrets: [SEAL_SECRET],
      ledger: createMemoryLedger(),
      user: () => "alice",
    });
    const app = new Koa();
    app.on("error", (error) => errors.push(error));
    app.use(requireAction("withdraw-funds"));
    await request(app.callback()).post("/").send({ amount: "1" }).expect(500, "Internal Server Error");
    expect(errors).toEqual([expect.objectContaining({ code: "body_not_parsed", status: 500, expose: false })]);
  });

  it("lets a handler insist that its guard has run", async () => {
    const app = new Koa();
    app.silent = true;
    app.use(bodyParser());
    app.use((ctx) => {
      assertActionPassed(ctx, "withdraw-funds");
    });
    await request(app.callback()).post("/").expect(500);
  });

  it("names its middleware, for stack traces and route listings", () => {
    const requireAction = createRequireAction({
      provider: createScriptedProvider(),
      sealSecrets: [SEAL_SECRET],
      ledger: createMemoryLedger(),
    });
    expect(requireAction("withdraw-funds").name).toBe("requireActionGuard");
  });

  it.each([
    ["action", "withdraw funds", {}],
    ["bind", "withdraw-funds", { bind: "some" }],
    ["binds", "withdraw-funds", { binds: "none" }],
  ])("names the option %s when it is wrong, where the route is declared", (option, action, options) => {
    const requireAction = createRequireAction({
      provider: createScriptedProvider(),
      sealSecrets: [SEAL_SECRET],
      ledger: createMemoryLedger(),
    });
    expect(() => requireAction(action, options as never)).toThrow(expect.objectContaining({ option }));
  });
});
