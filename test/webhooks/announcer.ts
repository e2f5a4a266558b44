// One of several processes that enrol and remove authenticators and deliver the news of it, and are killed while they do.
import { randomUUID } from "node:crypto";
import { setTimeout as pass } from "node:timers/promises";
import { createEngine } from "@require-action/engine";
import { createWebhooks } from "@require-action/server";
import { engineOptions, openStore, webhookOptions } from "./parts.ts";

const { WEBHOOK_URL: url = "" } = process.env;
const store = await openStore();
const webhooks = createWebhooks({ ...webhookOptions, url, store });
const engine = createEngine({ ...engineOptions, store, ...webhooks.engineOptions });

async function deliver(): Promise<never> {
  for (;;) {
    await webhooks.deliverDue();
    await pass(2);
  }
}

void deliver();
for (let index = 0; ; index++) {
  // Killed from now on, whatever it is at.
  if (index === 2) process.stdout.write("ready\n");
  const userId = randomUUID();
  const enrolled = await engine.authenticators.enrollVerified(userId, {
    verificationMethod: "EMAIL_OTP",
    email: `${userId}@bank.example`,
  });
  if (index % 3 === 0) await engine.authenticators.remove(userId, enrolled.userAuthenticatorId);
  if (index % 3 === 1) await engine.users.delete(userId);
  // SQLite answers at once, and nothing else would have its turn.
  await pass(1);
}
