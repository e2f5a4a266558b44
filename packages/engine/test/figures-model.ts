import { setImmediate as pass } from "node:timers/promises";
import type { ActionState, Outcome } from "@require-action/core/provider";
import { createEngine, type Engine, type Store } from "@require-action/engine";
import { type FigureRecord, type FigureUnit, totalOf } from "@require-action/engine/figures";
import type { ActionRecord, AuditEvent } from "@require-action/engine/store";
import { createManualClock } from "@require-action/testing";
import fc from "fast-check";
import { expect } from "vitest";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 0, 15, 12);
/** A turn of counting has ended by then, and so has its rest. */
const TURN_MS = 61 * SECOND;

const codes = ["pay", "__proto__", "change-payee"];
const rules = ["night", "constructor", "large"];
const methods = ["EMAIL_OTP", "SMS", "PASSKEY", "AUTHENTICATOR_APP"];

const initial: Readonly<Record<Outcome, ActionState>> = {
  ALLOW: "ALLOW",
  BLOCK: "BLOCK",
  CHALLENGE: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
};

type Step =
  | {
      readonly kind: "track";
      readonly code: string;
      readonly outcome: Outcome;
      readonly rules: readonly string[];
      readonly lateMs: number;
      readonly decidedInMs: number;
    }
  | { readonly kind: "move"; readonly index: number; readonly passes: boolean; readonly method: string }
  | {
      readonly kind: "event";
      readonly type: "challenge.sent" | "challenge.refused";
      readonly index: number;
      readonly method: string;
    }
  | { readonly kind: "lock"; readonly type: "authenticator.locked" | "user.locked" | "address.locked" }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "next day"; readonly laterMs: number }
  | { readonly kind: "count"; readonly process: 0 | 1 }
  /** The process ends at the `call`-th verb of a count, before or after the store has carried it out. */
  | { readonly kind: "kill"; readonly call: number; readonly isDone: boolean }
  | { readonly kind: "race" };

const index = fc.nat(40);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("track" as const),
      code: fc.constantFrom(...codes),
      outcome: fc.constantFrom<Outcome>("ALLOW", "BLOCK", "CHALLENGE", "CHALLENGE", "REVIEW"),
      rules: fc.uniqueArray(fc.constantFrom(...rules)),
      lateMs: fc.oneof(fc.constant(0), fc.nat(4 * 60 * SECOND)),
      decidedInMs: fc.nat(3_000),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("move" as const),
      index,
      passes: fc.boolean(),
      method: fc.constantFrom(...methods),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("event" as const),
      type: fc.constantFrom("challenge.sent" as const, "challenge.refused" as const),
      index,
      method: fc.constantFrom(...methods),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("lock" as const),
      type: fc.constantFrom("authenticator.locked" as const, "user.locked" as const, "address.locked" as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.oneof(fc.nat(20 * SECOND), fc.nat(2 * HOUR), fc.nat(2 * DAY)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("next day" as const),
      laterMs: fc.oneof(fc.constantFrom(0, 5 * 60 * SECOND - TURN_MS, 5 * 60 * SECOND), fc.nat(2 * HOUR)),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("count" as const), process: fc.constantFrom(0 as const, 1 as const) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("kill" as const), call: fc.nat(12), isDone: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: "race" as const }) },
);

/**
 * Has two processes count figures while actions are tracked and move, in any order, and compares what is there in the end with a count
 * of all rows by hand, so many times.
 */
export async function compareFigures(runs: number, open: () => Promise<Store>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      const store = await open();
      const clock = createManualClock(START);
      const engineOn = (one: Store): Engine =>
        createEngine({
          policy: { actions: {} },
          secrets: ["engine-secret-engine-secret-engine!!"],
          issuer: "bank",
          baseUrl: "https://bank.example",
          store: one,
          clock,
        });
      const processes = [engineOn(store), engineOn(store)] as const;
      const actions: ActionRecord[] = [];
      const events: AuditEvent[] = [];
      const keep = async (event: AuditEvent): Promise<void> => {
        events.push(event);
        await store.appendEvent(event);
      };

      for (const one of steps) {
        const now = clock.now();
        const about = "index" in one && actions.length > 0 ? actions[one.index % actions.length] : undefined;
        if (one.kind === "track") {
          const { code: action, outcome, lateMs, decidedInMs } = one;
          const key = String(actions.length);
          const createdAt = now - lateMs;
          const record: ActionRecord = {
            userId: "alice",
            action,
            idempotencyKey: key,
            actionId: `id-${key}`,
            attributes: {},
            outcome,
            state: initial[outcome],
            createdAt,
            stateUpdatedAt: createdAt,
            policyVersion: "1",
            decidedInMs,
            rules: one.rules.map((ruleId) => ({ ruleId, name: ruleId })),
            ...(outcome === "REVIEW" && { review: { expiresAt: createdAt + 30 * DAY } }),
          };
          actions.push(record);
          const { userId, actionId, state, policyVersion } = record;
          const ruleIds = one.rules.length === 0 ? {} : { ruleIds: one.rules };
          const told = { userId, action, actionId, outcome, state, policyVersion, ...ruleIds };
          await store.record(record, undefined, { type: "action.tracked", at: createdAt, ...told });
        } else if (one.kind === "move" && about !== undefined && about.state.endsWith("_REQUIRED")) {
          const kind = about.state === "REVIEW_REQUIRED" ? "REVIEW" : "CHALLENGE";
          const to: ActionState = one.passes ? `${kind}_SUCCEEDED` : `${kind}_FAILED`;
          const proof = kind === "CHALLENGE" && one.passes ? { verificationMethod: one.method } : {};
          const { action, actionId, state: from } = about;
          const event: AuditEvent = { type: "action.transitioned", at: now, action, actionId, state: to };
          const moved = await store.transition({ key: about, from, to, at: now, ...proof }, event);
          expect(moved).toMatchObject({ state: to });
          actions[actions.indexOf(about)] = { ...about, state: to, stateUpdatedAt: now, ...proof };
        } else if (one.kind === "event" && about !== undefined) {
          const { action, actionId } = about;
          await keep({ type: one.type, at: now, action, actionId, verificationMethod: one.method });
        } else if (one.kind === "lock") {
          await keep({ type: one.type, at: now });
        } else if (one.kind === "wait") {
          clock.advance(one.ms);
        } else if (one.kind === "next day") {
          clock.advance(DAY - (now % DAY) + one.laterMs);
        } else if (one.kind === "count") {
          await processes[one.process].figures.count();
        } else if (one.kind === "kill") {
          await engineOn(killedAt(store, one.call, one.isDone))
            .figures.count()
            .catch(() => undefined);
        } else if (one.kind === "race") {
          await Promise.all(processes.map(({ figures }) => figures.count()));
        }
      }

      clock.advance(TURN_MS);
      await pass();
      expect(await processes[0].figures.count()).toBe(true);
      const range = { from: START - DAY, before: clock.now() + DAY };
      for (const unit of ["hour", "day"] as const) {
        const found = await processes[1].figures.query({ unit, ...range });
        expect(found.map(({ at }) => at)).toEqual(found.map(({ at }) => at).toSorted((a, b) => a - b));
        const counted = found.map(summaryOf).filter(({ isEmpty }) => !isEmpty);
        expect(counted).toEqual(byHand(unit, actions, events));
      }
    }),
    { numRuns: runs },
  );
}

/** A store that answers no more from the `call`-th verb on. */
function killedAt(store: Store, call: number, isDone: boolean): Store {
  let calls = 0;
  const killed = Object.fromEntries(
    Object.entries(store).map(([name, verb]) => [
      name,
      typeof verb !== "function" || !/Figures|Hours|OpenReviews/.test(name)
        ? verb
        : async (...given: unknown[]) => {
            if (calls++ < call) return Reflect.apply(verb, store, given);
            if (isDone && calls === call + 1) await Reflect.apply(verb, store, given);
            throw new Error("killed");
          },
    ]),
  );
  return killed as unknown as Store;
}

/** What is compared: all counts by their names, without those that are 0. */
interface Summary {
  readonly at: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly isEmpty: boolean;
}

function summary(at: number, counts: ReadonlyMap<string, number>): Summary {
  const kept = [...counts].filter(([, count]) => count > 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return { at, counts: Object.fromEntries(kept), isEmpty: kept.length === 0 };
}

function summaryOf({ at, actions, locks }: FigureRecord): Summary {
  const counts = new Map<string, number>();
  for (const [code, figures] of Object.entries(actions)) {
    for (const [outcome, count] of Object.entries(figures.outcomes)) counts.set(`${code} ${outcome}`, count);
    for (const [name, count] of Object.entries(figures.challenges)) counts.set(`${code} challenges ${name}`, count);
    for (const [method, { tried, passed, durations }] of Object.entries(figures.methods)) {
      counts.set(`${code} ${method} tried`, tried);
      counts.set(`${code} ${method} passed`, passed);
      counts.set(`${code} ${method} durations`, totalOf(durations));
    }
    for (const [rule, { hits, asked, passed }] of Object.entries(figures.rules)) {
      counts.set(`${code} ${rule} hits`, hits);
      counts.set(`${code} ${rule} asked`, asked);
      counts.set(`${code} ${rule} passed`, passed);
    }
    counts.set(`${code} decisions`, totalOf(figures.decisions));
    for (const [method, count] of Object.entries(figures.sends)) counts.set(`${code} sends ${method}`, count);
  }
  for (const [name, count] of Object.entries(locks)) counts.set(`locks ${name}`, count);
  return summary(at, counts);
}

function byHand(unit: FigureUnit, actions: readonly ActionRecord[], events: readonly AuditEvent[]): readonly Summary[] {
  const length = unit === "hour" ? HOUR : DAY;
  const times = new Map<number, Map<string, number>>();
  const count = (at: number, name: string): void => {
    const begin = at - (at % length);
    const counts = times.get(begin) ?? new Map<string, number>();
    times.set(begin, counts.set(name, (counts.get(name) ?? 0) + 1));
  };
  for (const { action, actionId, outcome, state, createdAt: at, rules: matched, verificationMethod } of actions) {
    count(at, `${action} ${outcome}`);
    count(at, `${action} decisions`);
    const hasPassed = state === "CHALLENGE_SUCCEEDED" || state === "REVIEW_SUCCEEDED";
    for (const { ruleId } of matched) {
      count(at, `${action} ${ruleId} hits`);
      if (outcome === "CHALLENGE" || outcome === "REVIEW") count(at, `${action} ${ruleId} asked`);
      if (hasPassed) count(at, `${action} ${ruleId} passed`);
    }
    if (outcome !== "CHALLENGE") continue;
    count(at, `${action} challenges asked`);
    if (state === "CHALLENGE_SUCCEEDED") {
      count(at, `${action} challenges passed`);
      count(at, `${action} ${verificationMethod} passed`);
      count(at, `${action} ${verificationMethod} durations`);
    }
    if (state === "CHALLENGE_FAILED") count(at, `${action} challenges failed`);
    const its = events.filter((event) => event.actionId === actionId && event.verificationMethod !== undefined);
    for (const method of new Set(its.map((event) => event.verificationMethod))) count(at, `${action} ${method} tried`);
  }
  for (const { type, at, action, verificationMethod } of events) {
    if (type.endsWith(".locked")) count(at, `locks ${type.slice(0, -".locked".length)}`);
    const isSent = verificationMethod === "EMAIL_OTP" || verificationMethod === "SMS";
    if (type === "challenge.sent" && isSent) count(at, `${action} sends ${verificationMethod}`);
  }
  return [...times].toSorted(([a], [b]) => a - b).map(([at, counts]) => summary(at, counts));
}
