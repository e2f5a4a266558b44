import { createMemoryLedger } from "@require-action/core";
import type { Store } from "@require-action/engine";
import { codeAt } from "@require-action-test/support/codes";
import { expectWarning } from "@require-action-test/support/warnings";
import type pg from "pg";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createHarness, enrollApp, lastCode, never, track } from "../../engine/test/harness.ts";
import { createPostgresStore, type PostgresPool, type PostgresQuery } from "../src/index.ts";
import { createSchema, noPostgres, PATIENCE_MS, type TestSchema } from "./databases.ts";
import { useEverything } from "./use-everything.ts";

type Answer = (query: PostgresQuery) => Promise<{ readonly rows: readonly unknown[] }>;

/** A pool that notes what it is asked. */
function recording(answer: Answer): { readonly pool: PostgresPool; readonly asked: string[] } {
  const asked: string[] = [];
  const query: Answer = async (one) => {
    asked.push(one.text);
    return answer(one);
  };
  const connect = async () => {
    asked.push("a connection");
    return { query, release: () => undefined };
  };
  return { pool: { query, connect }, asked };
}

const refusing: Answer = () => Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));

describe.skipIf(noPostgres)("readPool", () => {
  let test: TestSchema;
  let primary: pg.Pool;

  beforeEach(() => {
    test = createSchema();
    primary = test.open();
  });
  const snapshots: pg.PoolClient[] = [];
  afterEach(async () => {
    for (const snapshot of snapshots.splice(0)) snapshot.release(true);
    await test.close();
  });

  const open = (readPool: PostgresPool): Promise<Store> =>
    createPostgresStore(primary, { schema: test.schema, queryTimeoutMs: PATIENCE_MS, migrate: true, readPool });

  /** A replica that has stopped where it was: a snapshot, which a transaction keeps. */
  async function stalledReplica(): Promise<PostgresPool> {
    const client = await test.open({ max: 1 }).connect();
    snapshots.push(client);
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ");
    await client.query("SELECT 1 FROM pg_class");
    return recording(async ({ name: _, ...query }) => client.query(query as pg.QueryConfig)).pool;
  }

  it("is asked nothing by any verb that is not a list that may lag", async () => {
    const { pool, asked } = recording(refusing);
    await useEverything(await open(pool), createMemoryLedger());
    expect(asked).toEqual([]);
  });

  it("is asked nothing on the way to any decision", async () => {
    const { pool, asked } = recording(refusing);
    const harness = createHarness({ store: await open(pool) });
    const { engine, clock } = harness;
    const shared = await enrollApp(harness, "alice");
    const custom = { amount: "500.00" };
    const { token, key } = await track(engine, "alice", "withdraw-funds", { custom, deviceId: "phone" });
    const { isVerified, accessToken = "" } = await engine.challenges.verify(
      token,
      "AUTHENTICATOR_APP",
      codeAt(shared, clock.now()),
    );
    expect(isVerified).toBe(true);
    const given = { token: accessToken, userId: "alice", action: "withdraw-funds" };
    expect(await engine.validateChallenge(given, never)).toMatchObject({ isValid: true });
    expect(await engine.getAction(key, never)).toMatchObject({ state: "CHALLENGE_SUCCEEDED" });
    const mail = await engine.authenticators.enrollVerified("bob", {
      verificationMethod: "EMAIL_OTP",
      email: "b@bank.example",
    });
    const challenge = await track(engine, "bob", "read-mail");
    await engine.challenges.send(challenge.token, "EMAIL_OTP");
    await engine.challenges.verify(challenge.token, "EMAIL_OTP", lastCode(harness));
    const [approved, rejected, open_] = [
      await track(engine, "alice", "close-account"),
      await track(engine, "alice", "close-account"),
      await track(engine, "alice", "close-account"),
    ];
    await engine.reviews.list();
    await engine.reviews.approve(approved.key, { reviewer: "rita" });
    await engine.reviews.reject(rejected.key, { reviewer: "rita" });
    await engine.actions.query({ userId: "alice" });
    await engine.actions.transition(open_.key, { state: "BLOCK", actor: "backend" });
    await engine.users.query({ email: "b@bank.example" });
    await engine.users.update("alice", { username: "al" });
    await engine.users.devices("alice");
    await engine.authenticators.remove("bob", mail.userAuthenticatorId);
    await engine.users.delete("alice");
    await engine.audit.query();
    await engine.policies.publish({ actions: { pay: { defaultOutcome: "ALLOW" } } });
    await engine.policies.list();
    expect(asked).toEqual([]);
  });

  it("has the lists of the console", async () => {
    const { pool, asked } = recording(async (query) => primary.query(query as pg.QueryConfig));
    const { engine } = createHarness({ store: await open(pool) });
    const { key } = await track(engine, "alice", "close-account", { username: "al" });
    const mayLag = true;
    expect((await engine.actions.query({ mayLag })).items).toMatchObject([key]);
    expect((await engine.users.query({ username: "al", mayLag })).items).toMatchObject([{ userId: "alice" }]);
    expect((await engine.audit.query({ mayLag })).items).toMatchObject([{ type: "action.tracked" }]);
    expect((await engine.reviews.list({ mayLag })).items).toMatchObject([key]);
    expect(asked).toHaveLength(4);
    expect(asked.every((text) => text.includes("LIMIT"))).toBe(true);
  });

  it("that lags shows what it has, and no review that is decided; what is deleted is found all the same", async () => {
    const setUp = createHarness({ store: await open(recording(refusing).pool) });
    const [first, second] = [
      await track(setUp.engine, "alice", "close-account"),
      await track(setUp.engine, "alice", "close-account"),
    ];
    const { engine } = createHarness({ store: await open(await stalledReplica()), clock: setUp.clock });
    await engine.reviews.approve(first.key, { reviewer: "rita" });
    const late = await track(engine, "alice", "close-account");
    expect((await engine.reviews.list({ mayLag: true })).items).toMatchObject([second.key]);
    expect((await engine.reviews.list()).items).toHaveLength(2);
    await expect(engine.reviews.approve(first.key, { reviewer: "rita" })).rejects.toMatchObject({
      reason: "state_conflict",
    });
    await engine.users.delete("alice");
    for (const { key } of [second, late]) {
      expect(await engine.getAction(key, never)).toMatchObject({ state: "BLOCK" });
    }
    expect((await engine.actions.query({ mayLag: true })).items).toHaveLength(2);
  });

  it("F16: that fails is left alone for ten seconds, with one warning, while the primary answers", async () => {
    const now = vi.spyOn(performance, "now");
    onTestFinished(() => now.mockRestore());
    let isUp = false;
    const { pool, asked } = recording(async (query) =>
      isUp ? primary.query(query as pg.QueryConfig) : refusing(query),
    );
    const store = await open(pool);
    const list = () => store.listActions({ limit: 1, mayLag: true });
    expectWarning("RA_POSTGRES_READ_POOL");
    for (let times = 0; times < 5; times++) expect(await list()).toEqual({ items: [] });
    expect(asked).toHaveLength(1);
    const later = performance.now() + 10_001;
    now.mockReturnValue(later);
    await list();
    expect(asked).toHaveLength(2);
    isUp = true;
    now.mockReturnValue(later + 10_001);
    await list();
    await list();
    expect(asked).toHaveLength(4);
  });

  it("is not left alone for a mistake of the caller", async () => {
    const { pool, asked } = recording(async (query) => primary.query(query as pg.QueryConfig));
    const store = await open(pool);
    await expect(store.listActions({ userId: "\0", limit: 1, mayLag: true })).rejects.toMatchObject({
      code: "provider_refused",
    });
    expect((await store.listActions({ limit: 1, mayLag: true })).items).toEqual([]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["must have query(), connect()", async () => 7],
    ["must have query(), connect()", async () => ({ query: () => undefined })],
    ["is a client: give a pool", async () => ({ query: refusing, connect: refusing, connection: {} })],
  ])("is refused where it is no pool: it %s", async (problem, make) => {
    await expect(open((await make()) as never)).rejects.toMatchObject({ option: "readPool", problem });
  });

  it("is refused where it may wait for ever, unless that is accepted", async () => {
    const { pool } = recording(refusing);
    const unbounded = { ...pool, options: {} };
    await expect(open(unbounded)).rejects.toMatchObject({
      option: "checks.connectionTimeout",
      problem: expect.stringContaining("connectionTimeoutMillis of the readPool"),
    });
  });
});
