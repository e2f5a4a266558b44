import { createWebhooks } from "@require-action/server";
import type { Store } from "@require-action/engine";
import type { AuditEvent } from "@require-action/engine/store";
import { expect } from "vitest";
import { describeOnDatabases, killProcesses, type Received, receive, trailOf } from "./killed-processes.ts";
import { webhookOptions } from "./parts.ts";

const HOUR_MS = 60 * 60_000;
const announcer = new URL("announcer.ts", import.meta.url).href;

/** What the trail says that happened: each of it was stored with its news. */
async function storedOf(store: Store): Promise<readonly string[]> {
  const stored: string[] = [];
  const removed = new Set<string>();
  const enrolled: AuditEvent[] = [];
  for (const event of await trailOf(store)) {
    if (event.type === "user.deleted") removed.add(event.userId ?? "");
    if (event.type === "authenticator.removed") stored.push(`authenticator.deleted ${event.userAuthenticatorId}`);
    if (event.type === "authenticator.enrolled") enrolled.push(event);
  }
  for (const { userId = "", userAuthenticatorId } of enrolled) {
    stored.push(`authenticator.created ${userAuthenticatorId}`);
    if (removed.has(userId)) stored.push(`authenticator.deleted ${userAuthenticatorId}`);
  }
  return stored.toSorted();
}

/** Delivers what is left, when the leases of those that were killed have ended, and compares. */
async function expectWhole(store: Store, { url, ids }: Received): Promise<void> {
  for (let round = 1; round < 8; round++) {
    const clock = { now: () => Date.now() + round * HOUR_MS };
    const webhooks = createWebhooks({ ...webhookOptions, url, store, clock });
    while ((await webhooks.deliverDue()) > 0);
  }
  const stored = await storedOf(store);
  expect(stored.length).toBeGreaterThan(5);
  // None lost, and none that was not stored.
  expect([...ids.keys()].toSorted()).toEqual(stored);
  // None doubled: whatever came twice came under one id.
  expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
  expect(new Set([...ids.values()].flatMap((one) => [...one])).size).toBe(stored.length);
}

/** Registers the tests of what kills leave behind. */
export function describeKills(kills: number): void {
  describeOnDatabases(
    `S16: ${kills} processes killed while they enrol and deliver: no stored event is lost, and none has two ids`,
    async (store, environment) => {
      const receiver = await receive((event) => {
        const { userAuthenticatorId } = event.data as unknown as { userAuthenticatorId: string };
        return [[`${event.type} ${userAuthenticatorId}`, event.id]];
      });
      await killProcesses(announcer, kills, () => ({ ...environment, WEBHOOK_URL: receiver.url }));
      // They were killed while they delivered, too.
      expect(receiver.ids.size).toBeGreaterThan(0);
      await expectWhole(store, receiver);
    },
  );
}
