import { createEngine, createMemoryStore, type Store } from "@require-action/engine";
import { requestTarget } from "@require-action-test/support/raw-request";
import { expectWarning } from "@require-action-test/support/warnings";
import { expect, it } from "vitest";
import { createServer, type FetchHandler } from "../src/index.ts";
import { apiSecret, basic, createHarness, policy, send } from "./harness.ts";

function broken(findUser: Store["findUser"]): Store {
  return { ...createMemoryStore(), findUser };
}

it("is well while the store answers", async () => {
  const { origin, close } = await createHarness();
  const { status, json, headers } = await send(`${origin}/healthz`, "GET");
  expect([status, json, headers.get("cache-control")]).toEqual([200, { status: "ok" }, "no-store"]);
  for (const path of ["healthz", "readyz"]) {
    const { status: asked, body } = await requestTarget(origin, `/${path}`, { method: "HEAD" });
    expect([asked, body]).toEqual([200, ""]);
  }
  await close();
});

it.each([
  ["fails", () => Promise.reject(new Error("connection to db.internal refused"))],
  ["never answers", () => new Promise<never>(() => {})],
])("is not when the store %s, and does not say why", async (_what, findUser) => {
  const { origin, close } = await createHarness({ store: broken(findUser) });
  const { status, json } = await send(`${origin}/healthz`, "GET");
  expect([status, json]).toEqual([503, { status: "unavailable" }]);
  await close();
});

it("F31: is not while the server drains, which answers everything else", async () => {
  const server = createServer(
    createEngine({ policy, secrets: ["s".repeat(32)], issuer: "bank", baseUrl: "http://localhost" }),
    {
      apiSecrets: [apiSecret],
      tenantId: "bank",
    },
  );
  const status = async (half: FetchHandler, path: string): Promise<number> => {
    const headers = { authorization: basic(apiSecret) };
    return (await half(new Request(`http://localhost${path}`, { headers }))).status;
  };
  server.drain();
  for (const half of [server, server.public, server.admin]) {
    expect(await status(half, "/healthz")).toBe(503);
    expect(await status(half, "/readyz")).toBe(503);
  }
  expect(await status(server.admin, "/v1/users/alice")).toBe(200);
  expect(await status(server.public, "/challenge?token=x")).toBe(200);
});

it("is well and not ready while the newest version of the policy is kept out", async () => {
  const store = createMemoryStore();
  const { engine, origin, close } = await createHarness({ store });
  const health = () =>
    Promise.all(
      ["healthz", "readyz"].map(async (path) => {
        const { status, json } = await send(`${origin}/${path}`, "GET");
        return [status, json];
      }),
    );
  const ok = [200, { status: "ok" }];
  expect(await health()).toEqual([ok, ok]);
  const published = { version: "of a newer process", format: 99, source: "actions: {}", publishedAt: 0 };
  await store.addPolicy(published, { type: "policy.published", at: 0 });
  expectWarning("RA_POLICY_REFUSED");
  await engine.policies.check();
  const degraded = { status: "degraded", reason: "policy_refused" };
  expect(await health()).toEqual([
    [200, degraded],
    [503, degraded],
  ]);
  await close();
});

it("is not ready while the store is out of reach", async () => {
  const { origin, close } = await createHarness({ store: broken(() => Promise.reject(new Error("down"))) });
  expect((await send(`${origin}/readyz`, "GET")).status).toBe(503);
  await close();
});

it("answers errors of the store in Authsignal's shape, without a word of what went wrong", async () => {
  const { call, close } = await createHarness({
    store: broken(() => Promise.reject(new Error("connection to db.internal refused"))),
  });
  const { status, json } = await call("GET", "/users/alice");
  expect(status).toBe(500);
  expect(json).toEqual({
    error: "unexpected_error",
    errorCode: "unexpected_error",
    errorDescription: "Something went wrong here.",
  });
  await close();
});
