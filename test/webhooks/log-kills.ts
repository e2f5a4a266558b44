import type { Store } from "@require-action/engine";
import { createWebhooks, webhookEventTypes } from "@require-action/server";
import { expect } from "vitest";
import { describeOnDatabases, killProcesses, type Received, receive, trailOf } from "./killed-processes.ts";
import { createUses, LOG_DELAY_MS, webhookOptions } from "./parts.ts";

const sender = new URL("log-sender.ts", import.meta.url).href;
/** How much of the trail is sent before its place is kept. */
const WINDOW_MS = 10_000;
/** Longer than a process keeps what it has taken. */
const LEASE_MS = 65_000;
/** As much as a process sends in the moment before it is killed. */
const WINDOWS = 8;

interface LogRecord {
  readonly id: string;
  readonly type: string;
  readonly record: Readonly<Record<"userId" | "idempotencyKey", string>> &
    Readonly<Partial<Record<"state" | "createdAt" | "verificationMethod", string>>>;
}

/** What a log event is of. Of a challenge, as many may be alike as the trail has. */
function subjectOf({ id, type, record }: LogRecord): string {
  const { userId, idempotencyKey, state, createdAt = "", verificationMethod } = record;
  if (type === "action.log_created") return `${userId} ${idempotencyKey} ${state}`;
  return `${userId} ${idempotencyKey} ${verificationMethod} ${Date.parse(createdAt)} ${id}`;
}

const createWebhooksAt = (store: Store, url: string, now: () => number) =>
  createWebhooks({
    ...webhookOptions,
    url,
    store,
    events: webhookEventTypes,
    logDelayMs: LOG_DELAY_MS,
    clock: { now },
  });

/** Writes a trail that ends as long ago as its log is due: of each window an action, and of some a challenge. */
async function writePast(store: Store, windows: number): Promise<void> {
  let now = Date.now() - LOG_DELAY_MS - windows * WINDOW_MS;
  await createWebhooksAt(store, "http://127.0.0.1:1", () => now).deliverDue();
  const { allow, challenge } = createUses(store, () => now);
  for (let index = 0; index < windows; index++) {
    now += 1_000;
    await allow(`past-${index}`);
    if (index % 4 === 0) await challenge(`challenged-${index}`);
    now += WINDOW_MS - 1_000;
  }
}

/** Sends what is left. */
async function sendAll(store: Store, url: string): Promise<void> {
  const end = Date.now() + 1;
  const webhooks = createWebhooksAt(store, url, () => end + LOG_DELAY_MS + WINDOW_MS);
  let place = 0;
  while (place < end) {
    // Whatever has been taken is due at once.
    const taken = await store.takeOutbox(end + 2 * LOG_DELAY_MS, 0, 100);
    place = Number(taken.find(({ type }) => type === "log")?.data["from"]);
    expect(place).toBeGreaterThan(0);
    await webhooks.deliverDue();
  }
}

/** What the trail says that the log should have of actions as they ended, and of challenges, sorted. */
async function storedOf(store: Store): Promise<{ readonly actions: string[]; readonly challenges: string[] }> {
  const states = new Map<string, { readonly key: string; readonly state: string }>();
  let after: string | undefined;
  do {
    const page = await store.listActions({ limit: 200, ...(after === undefined ? {} : { after }) });
    for (const { actionId, userId, idempotencyKey, state } of page.items) {
      states.set(actionId, { key: `${userId} ${idempotencyKey}`, state });
    }
    after = page.next;
  } while (after !== undefined);
  const challenges = (await trailOf(store)).flatMap(({ type, actionId = "", verificationMethod, at }) =>
    /^challenge\.(?:sent|refused|verified)$/.test(type) && states.has(actionId)
      ? [`${states.get(actionId)!.key} ${verificationMethod} ${at}`]
      : [],
  );
  return {
    actions: [...states.values()].map(({ key, state }) => `${key} ${state}`).toSorted(),
    challenges: challenges.toSorted(),
  };
}

async function expectWhole(store: Store, { url, ids }: Received): Promise<void> {
  await sendAll(store, url);
  const { actions, challenges } = await storedOf(store);
  const subjects = [...ids.keys()];
  // None lost, none that was not stored, and none twice under two ids.
  expect(subjects.filter((one) => one.split(" ").length === 3).toSorted()).toEqual(actions);
  const found = subjects.filter((one) => one.split(" ").length > 3).map((one) => one.replace(/ [^ ]+$/, ""));
  expect(found.toSorted()).toEqual(challenges);
  expect([...ids.values()].filter(({ size }) => size !== 1)).toEqual([]);
  expect(new Set([...ids.values()].flatMap((one) => [...one])).size).toBe(subjects.length);
}

/** Registers the tests of what kills leave of the log. */
export function describeLogKills(kills: number): void {
  describeOnDatabases(
    `S16: ${kills} processes killed while they decide and send the log: no stored event is lost, and none has two ids`,
    async (store, environment) => {
      await writePast(store, kills * WINDOWS);
      const receiver = await receive((event) => {
        const { records = [] } = event as unknown as { readonly records?: readonly LogRecord[] };
        return records.map((record) => [subjectOf(record), record.id]);
      });
      await killProcesses(sender, kills, (index) => ({
        ...environment,
        WEBHOOK_URL: receiver.url,
        AHEAD_MS: String(index * LEASE_MS),
      }));
      // They were killed while they sent, not before.
      const sentByKilled = receiver.ids.size;
      expect(sentByKilled).toBeGreaterThan(0);
      await expectWhole(store, receiver);
      expect(receiver.ids.size).toBeGreaterThan(sentByKilled);
    },
  );
}
