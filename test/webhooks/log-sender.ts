// One of several processes that decide, challenge and send the log, and are killed while they do.
import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { createWebhooks, webhookEventTypes } from "@require-action/server";
import { createUses, LOG_DELAY_MS, openStore, webhookOptions } from "./parts.ts";

const { WEBHOOK_URL: url = "", AHEAD_MS } = process.env;

const store = await openStore();
const { allow, challenge } = createUses(store);
const webhooks = createWebhooks({
  ...webhookOptions,
  url,
  store,
  events: webhookEventTypes,
  logDelayMs: LOG_DELAY_MS,
  // What the process before had taken is due again.
  clock: { now: () => Date.now() + Number(AHEAD_MS) },
});

async function deliver(): Promise<never> {
  for (;;) {
    await webhooks.deliverDue();
    await pass(10);
  }
}

await webhooks.deliverDue();
void deliver();
for (let index = 0; ; index++) {
  // Killed from now on, whatever it is at.
  if (index === 1) process.stdout.write("ready\n");
  await allow(randomUUID());
  await challenge(randomUUID());
  // SQLite answers at once, and nothing else would have its turn.
  await pass(10);
}
