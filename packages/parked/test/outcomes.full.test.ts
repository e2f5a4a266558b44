import { randomUUID } from "node:crypto";
import { createFaultProxy } from "@require-action-test/support/faults/fault-proxy";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openBank } from "./bank.ts";
import { REDIS_URL } from "./bullmq.ts";
import { DATABASE_URL, dropSchema, testSchema } from "./postgres.ts";
import { queueEngines } from "./queues.ts";

const portOf = (url: string, usual: number): number => Number(new URL(url).port || usual);

/** The same url by way of a proxy. */
function through(url: string, port: number): string {
  const changed = new URL(url);
  changed.hostname = "127.0.0.1";
  changed.port = String(port);
  return changed.href;
}

describe.each(Object.entries(queueEngines))("a parked action on %s", (_, engine) => {
  const place = { schema: testSchema() };
  let opened: Awaited<ReturnType<typeof engine.open>>;
  let bank: Awaited<ReturnType<typeof openBank>>;
  let links: readonly Awaited<ReturnType<typeof createFaultProxy>>[];

  beforeAll(async () => {
    const [postgres, redis] = await Promise.all([
      createFaultProxy({ port: portOf(DATABASE_URL, 5432) }),
      createFaultProxy({ port: portOf(REDIS_URL, 6379) }),
    ]);
    links = [postgres, redis];
    const databaseUrl = through(DATABASE_URL, postgres.port);
    opened = await engine.open({ ...place, databaseUrl, redisUrl: through(REDIS_URL, redis.port) });
    // Of the bank, only its queue goes down.
    bank = await openBank(place, opened.queue);
  });
  afterAll(async () => {
    await opened.close();
    await bank.close();
    for (const link of links) await link.close();
    await engine.drop(place);
    await dropSchema(place.schema);
  });

  const timesPaid = async (reference: string): Promise<number> => (await bank.payments()).get(reference) ?? 0;

  /** Runs what is parked until the test is over. */
  async function work(options: Parameters<typeof bank.work>[0] = {}): Promise<void> {
    const worker = await bank.work(options);
    onTestFinished(() => worker.stop());
  }

  it("F34: runs once, though it was approved while the queue was down", async () => {
    const reference = randomUUID();
    const key = await bank.ask(reference);
    await work();
    for (const link of links) await link.use({ kind: "refuse" });
    try {
      await bank.approve(key);
      expect(await timesPaid(reference)).toBe(0);
    } finally {
      for (const link of links) await link.use({ kind: "none" });
    }
    await expect.poll(() => timesPaid(reference)).toBe(1);
    await expect.poll(opened.countJobs).toBe(0);
    expect(await timesPaid(reference)).toBe(1);
  });

  it("T68: does not run where its user was revoked between approval and run", async () => {
    const reference = randomUUID();
    await bank.approve(await bank.ask(reference));
    await bank.engine.users.revoke("alice");
    await work();
    await expect.poll(opened.countJobs).toBe(0);
    expect(await timesPaid(reference)).toBe(0);
  });

  it("F34: whose work throws is tried again with the same approval, and committed once", async () => {
    const reference = randomUUID();
    await bank.approve(await bank.ask(reference));
    const approvals: unknown[] = [];
    await work({
      async handler(approved, transaction) {
        approvals.push(approved.actionId);
        await bank.pay(approved, transaction);
        if (approvals.length < 3) throw new Error("the bank is closed");
      },
    });
    await expect.poll(() => timesPaid(reference)).toBe(1);
    await expect.poll(opened.countJobs).toBe(0);
    expect(approvals).toEqual([approvals[0], approvals[0], approvals[0]]);
    expect(await timesPaid(reference)).toBe(1);
  });

  it("F34: is not held up by a hundred that nobody has decided", { timeout: 120_000 }, async () => {
    for (let count = 0; count < 100; count++) await bank.ask(randomUUID());
    await work({ concurrency: 1 });
    const reference = randomUUID();
    await bank.approve(await bank.ask(reference));
    await expect.poll(() => timesPaid(reference)).toBe(1);
  });
});
