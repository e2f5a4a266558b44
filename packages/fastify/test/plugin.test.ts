import { setImmediate } from "node:timers/promises";
import { type BoundFields, ConfigurationError, createMemoryLedger } from "@require-action/core";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions } from "fastify";
import { describe, expect, it } from "vitest";
import { createRequireAction, type FastifyGuardOptions, requireActionPlugin } from "../src/index.ts";
import { signInByHeader } from "./harness.ts";

const SEAL_SECRET = "plugin-test-seal-secret-0123456789-0123456789";

/** An application without routes, and the options that the plugin is registered with. */
function createApp(appOptions: FastifyServerOptions = {}): {
  app: FastifyInstance;
  provider: ScriptedProvider;
  options: FastifyGuardOptions;
} {
  const app = fastify(appOptions);
  signInByHeader(app);
  const provider = createScriptedProvider();
  return { app, provider, options: { provider, sealSecrets: [SEAL_SECRET], ledger: createMemoryLedger() } };
}

async function createAppWithPlugin(appOptions?: FastifyServerOptions): Promise<ReturnType<typeof createApp>> {
  const created = createApp(appOptions);
  await created.app.register(requireActionPlugin, created.options);
  return created;
}

const withdrawal = {
  method: "POST",
  url: "/withdrawals",
  headers: { "x-test-user": "alice" },
  payload: { amount: "100.00" },
} as const;

describe("requireActionPlugin", () => {
  it("decorates the instance with requireAction and requests with approvedAction", async () => {
    const { app } = await createAppWithPlugin();
    app.post(
      "/withdrawals",
      { preHandler: app.requireAction("withdraw-funds", { bind: ({ body }) => ({ amount: body.amount }) }) },
      async (request) => ({ bound: request.approvedAction?.bound }),
    );
    expect((await app.inject(withdrawal)).json()).toEqual({ bound: { amount: "100.00" } });
  });

  it("serves instances below the one it is registered on, and no sibling", async () => {
    const { app, options } = createApp();
    let below: boolean | undefined;
    await app.register(async (bank) => {
      await bank.register(requireActionPlugin, options);
      await bank.register(async (nested) => {
        below = nested.hasDecorator("requireAction") && nested.hasRequestDecorator("approvedAction");
      });
    });
    await app.ready();
    expect(below).toBe(true);
    expect(app.hasDecorator("requireAction")).toBe(false);
    expect(app.hasRequestDecorator("approvedAction")).toBe(false);
  });

  it("lets siblings have providers of their own", async () => {
    const { app, options } = createApp();
    for (const [prefix, state] of [
      ["/eu", "ALLOW"],
      ["/us", "BLOCK"],
    ] as const) {
      const provider = createScriptedProvider();
      provider.answer(state);
      await app.register(
        async (region) => {
          await region.register(requireActionPlugin, { ...options, provider });
          region.post("/withdrawals", { preHandler: region.requireAction("withdraw-funds") }, async () => ({}));
        },
        { prefix },
      );
    }
    expect((await app.inject({ ...withdrawal, url: "/eu/withdrawals" })).statusCode).toBe(200);
    expect((await app.inject({ ...withdrawal, url: "/us/withdrawals" })).statusCode).toBe(403);
  });

  it("refuses to be registered twice where one would hide the other", async () => {
    const { app, options } = await createAppWithPlugin();
    await expect(app.register(requireActionPlugin, options)).rejects.toMatchObject({
      code: "FST_ERR_DEC_ALREADY_PRESENT",
    });
  });

  it("rejects wrong options at registration", async () => {
    const { app, options } = createApp();
    const registration = app.register(requireActionPlugin, { ...options, sealSecrets: ["short"] });
    await expect(registration).rejects.toMatchObject({ code: "configuration_invalid", option: "sealSecrets[0]" });
  });

  it("throws at wrong options of an action where the route is declared", async () => {
    const { app } = await createAppWithPlugin();
    expect(() => app.requireAction("withdraw funds")).toThrow(ConfigurationError);
  });

  it("T16: a client cannot claim an approval of its own", async () => {
    const { app } = await createAppWithPlugin();
    app.post("/withdrawals", async (request) => ({ approved: request.approvedAction ?? null }));
    const payload = { approvedAction: { action: "withdraw-funds" } };
    expect((await app.inject({ ...withdrawal, payload })).json()).toEqual({ approved: null });
  });
});

it("says which factory was given wrong options", () => {
  expect(() => createRequireAction({} as never)).toThrow("configuration_invalid: createRequireAction: ");
});

describe("as a preHandler", () => {
  it("sees the body as the route's schema has left it, which is what the handler sees", async () => {
    const { app } = await createAppWithPlugin();
    const body = { type: "object", properties: { amount: { type: "string" } }, additionalProperties: false } as const;
    const bind = (request: FastifyRequest<{ Body: { amount: string } }>): BoundFields => ({ ...request.body });
    const preHandler = app.requireAction("withdraw-funds", { bind });
    app.post("/withdrawals", { schema: { body }, preHandler }, async (request) => request.approvedAction?.bound);
    const { json } = await app.inject({ ...withdrawal, payload: { amount: 100, admin: true } });
    expect(json()).toEqual({ amount: "100" });
  });

  it("never runs for a body that the route's schema refuses", async () => {
    const { app, provider } = await createAppWithPlugin();
    const body = { type: "object", required: ["payee"] } as const;
    app.post("/withdrawals", { schema: { body }, preHandler: app.requireAction("withdraw-funds") }, async () => ({}));
    expect((await app.inject(withdrawal)).statusCode).toBe(400);
    expect(provider.calls).toEqual([]);
  });

  it("is loud when it is mounted before the body is read", async () => {
    const { app, provider } = await createAppWithPlugin();
    app.post("/withdrawals", { onRequest: app.requireAction("withdraw-funds") as never }, async () => ({}));
    const answer = await app.inject(withdrawal);
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe("body_not_parsed");
    expect(provider.calls).toEqual([]);
  });

  it("binds the target as received, whatever rewriteUrl makes of it", async () => {
    const { app, provider } = await createAppWithPlugin({ rewriteUrl: () => "/withdrawals" });
    app.post("/withdrawals", { preHandler: app.requireAction("withdraw-funds") }, async () => ({}));
    provider.answerNext("CHALLENGE_REQUIRED");
    const challenged = await app.inject({ ...withdrawal, url: "/eu/withdrawals" });
    const headers = { ...withdrawal.headers, "action-token": provider.completeChallenge(challenged.json().token) };
    expect((await app.inject({ ...withdrawal, url: "/us/withdrawals", headers })).json().code).toBe(
      "action_parameters_changed",
    );
    expect((await app.inject({ ...withdrawal, url: "/eu/withdrawals", headers })).statusCode).toBe(200);
  });

  it("keeps the reply's headers that other hooks have set", async () => {
    const { app, provider } = await createAppWithPlugin();
    app.addHook("onRequest", async (_request, reply) => {
      reply.header("access-control-allow-origin", "https://app.example.com");
    });
    app.post("/withdrawals", { preHandler: app.requireAction("withdraw-funds") }, async () => ({}));
    provider.answer("BLOCK");
    const { statusCode, headers } = await app.inject(withdrawal);
    expect(statusCode).toBe(403);
    expect(headers["access-control-allow-origin"]).toBe("https://app.example.com");
    expect(headers["content-type"]).toBe("application/problem+json");
  });

  it("F21: a refused client that leaves while its reply is on the way runs no handler", async () => {
    const { app, provider } = await createAppWithPlugin();
    let runs = 0;
    app.addHook("onSend", async (request) => {
      request.raw.socket.destroy();
      await setImmediate();
      await setImmediate();
    });
    app.post("/withdrawals", { preHandler: app.requireAction("withdraw-funds") }, async () => {
      runs++;
      return {};
    });
    provider.answer("BLOCK");
    const address = await app.listen({ host: "127.0.0.1", port: 0 });
    try {
      const body = JSON.stringify(withdrawal.payload);
      const headers = { ...withdrawal.headers, "content-type": "application/json" };
      await expect(fetch(`${address}/withdrawals`, { method: "POST", headers, body })).rejects.toThrow();
      await setImmediate();
      expect(provider.calls).toHaveLength(1);
      expect(runs).toBe(0);
    } finally {
      await app.close();
    }
  });
});
