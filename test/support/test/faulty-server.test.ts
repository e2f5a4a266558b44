import { afterEach, beforeEach, expect, it } from "vitest";
import { createFaultyServer, type Fault, type FaultyServer } from "../src/faults/faulty-server.ts";
import { faults } from "../src/faults/server-faults.ts";

let server: FaultyServer;
beforeEach(async () => {
  server = await createFaultyServer();
});
afterEach(() => server.close());

const post = (init: RequestInit = {}) =>
  fetch(`${server.origin}/users/a%2Fb?x=1`, { method: "POST", body: "hello", redirect: "manual", ...init });

it("records requests as they arrived", async () => {
  server.use(faults.json({ ok: true }));
  expect(await (await post({ headers: { "x-name": "value" } })).json()).toEqual({ ok: true });
  expect(server.requests).toMatchObject([
    { method: "POST", target: "/users/a%2Fb?x=1", headers: { "x-name": "value" }, body: "hello" },
  ]);
});

it("plays queued faults before the lasting one", async () => {
  server.use(faults.raw("", { status: 503, headers: { "retry-after": "7" } }));
  server.useNext(faults.redirect(307, "http://elsewhere.example/"));
  expect((await post()).status).toBe(307);
  const last = await post();
  expect([last.status, last.headers.get("retry-after")]).toEqual([503, "7"]);
});

const broken: readonly (readonly [string, Fault])[] = [
  ["reset", faults.reset()],
  ["hangUp", faults.hangUp()],
  ["garbage", faults.garbage()],
];
for (const [name, fault] of broken) {
  it(`${name} gives no answer`, async () => {
    server.use(fault);
    await expect(post()).rejects.toThrow("fetch failed");
  });
}

it("truncated breaks the body off", async () => {
  server.use(faults.truncated('{"state":"ALLOW"}'));
  await expect((await post()).text()).rejects.toThrow("terminated");
});

it("slow, silent and stalledBody keep the caller waiting", async () => {
  for (const fault of [faults.slow(60_000, faults.json({})), faults.silent()]) {
    server.use(fault);
    await expect(post({ signal: AbortSignal.timeout(30) })).rejects.toThrow("timeout");
  }
  server.use(faults.stalledBody());
  const leaving = new AbortController();
  const begun = await post({ signal: leaving.signal });
  expect(begun.status).toBe(200);
  const rest = begun.text();
  leaving.abort();
  await expect(rest).rejects.toThrow("aborted");
});

it("endlessBody goes on", async () => {
  server.use(faults.endlessBody());
  let received = 0;
  for await (const chunk of (await post()).body ?? []) {
    received += (chunk as Uint8Array).length;
    if (received > 1_000_000) break;
  }
  expect(received).toBeGreaterThan(1_000_000);
});

it("refuses connections once closed", async () => {
  await server.close();
  await expect(post()).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
});
