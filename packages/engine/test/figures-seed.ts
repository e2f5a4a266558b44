import type { ActionState, Outcome } from "@require-action/core/provider";
import type { Store } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Some actions of the last nine days: more of them by day than by night, and more of them this week than last. */
export async function seedFigures(
  store: Store,
  now: number,
  codes = ["withdraw-funds", "change-payee"],
): Promise<void> {
  let number = 0;
  for (let at = now - 9 * DAY; at <= now; at += 37 * MINUTE) {
    const isDay = new Date(at).getUTCHours() % 20 > 6;
    const count = (isDay ? 3 : 1) + (now - at < 6 * DAY ? 1 : 0);
    for (let one = 0; one < count; one++) await add(store, now, at, ++number, codes[number % codes.length] ?? "pay");
  }
  await store.appendEvent({ type: "authenticator.locked", at: now - MINUTE, userId: "alice" });
}

async function add(store: Store, now: number, at: number, number: number, action: string): Promise<void> {
  const outcome: Outcome =
    number % 11 === 0 ? "REVIEW" : number % 13 === 0 ? "BLOCK" : number % 3 === 0 ? "CHALLENGE" : "ALLOW";
  const state =
    ({ REVIEW: "REVIEW_REQUIRED", CHALLENGE: "CHALLENGE_REQUIRED" } as const)[outcome as "REVIEW"] ?? outcome;
  const key = { userId: `user-${number % 50}`, action, idempotencyKey: String(number) };
  const actionId = `id-${number}`;
  const rules =
    outcome === "ALLOW" ? [] : [{ ruleId: outcome === "CHALLENGE" ? "new-device" : "large-amount", name: "A rule" }];
  const record: ActionRecord = {
    ...key,
    actionId,
    attributes: {},
    outcome,
    state,
    rules,
    createdAt: at,
    stateUpdatedAt: at,
    policyVersion: "1",
    decidedInMs: 1 + ((number * 7) % 9) + (number % 40 === 0 ? 180 : 0),
    ...(outcome === "REVIEW" && { review: { expiresAt: at + 3 * DAY } }),
  };
  await store.record(record, undefined, { type: "action.tracked", at, ...key, actionId, outcome, state });
  if (outcome !== "CHALLENGE") return;
  const about = { userId: key.userId, action, actionId };
  const verificationMethod = number % 2 === 0 ? "EMAIL_OTP" : "PASSKEY";
  const took = 4_000 + ((number * 613) % 40) * 1_000;
  if (at + took > now) return;
  await store.appendEvent({ type: "challenge.sent", at: at + 1_000, ...about, verificationMethod });
  if (number % 5 === 0) return;
  const to: ActionState = number % 7 === 0 ? "CHALLENGE_FAILED" : "CHALLENGE_SUCCEEDED";
  const change = { key, from: state, to, at: at + took } as const;
  const proof = to === "CHALLENGE_SUCCEEDED" ? { verificationMethod } : {};
  await store.transition({ ...change, ...proof }, { type: "action.transitioned", at: at + took, ...about, state: to });
}
