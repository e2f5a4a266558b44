import type { Store } from "@require-action/engine";
import type { ActionRecord, AuditEvent } from "@require-action/engine/store";
import { describe, expect, it, onTestFinished } from "vitest";
import { createPostgresStore, createSqliteStore, type Retention } from "../src/index.ts";
import { createFile, createSchema, noPostgres, noSqlite, PATIENCE_MS } from "./databases.ts";

const NOW = Date.UTC(2026, 0, 15, 12);
const DAY = 24 * 60 * 60_000;

function makeAction(index: number, change: Partial<ActionRecord> = {}): ActionRecord {
  return {
    userId: `user-${index % 2}`,
    action: "pay",
    idempotencyKey: `key-${index}`,
    actionId: `id-${index}`,
    attributes: {},
    outcome: "CHALLENGE",
    state: "CHALLENGE_REQUIRED",
    createdAt: NOW + index,
    stateUpdatedAt: NOW + index,
    rules: [
      { ruleId: `r"${index}`, name: "Rule" },
      { ruleId: "second", name: "Rule" },
    ],
    policyVersion: "1",
    ...change,
  };
}

/** The event as the engine makes it. */
function eventOf({
  userId,
  action,
  actionId,
  outcome,
  state,
  policyVersion,
  rules,
  createdAt,
}: ActionRecord): AuditEvent {
  const ruleIds = rules.map(({ ruleId }) => ruleId);
  const told = {
    type: "action.tracked",
    at: createdAt,
    userId,
    action,
    actionId,
    outcome,
    state,
    policyVersion,
  } as const;
  return ruleIds.length === 0 ? told : { ...told, ruleIds };
}

async function listAll(store: Store, filter: { readonly userId?: string; readonly actionId?: string } = {}) {
  const items: AuditEvent[] = [];
  let after: string | undefined;
  do {
    const page = await store.listEvents({ ...filter, limit: 2, ...(after === undefined ? {} : { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

interface Opened {
  readonly store: Store;
  /** How many events the trail has rows for. */
  countRows(): Promise<number>;
}

const databases: readonly {
  readonly name: string;
  readonly absent: string | undefined;
  open(retention?: Retention): Promise<Opened>;
}[] = [
  {
    name: "SQLite",
    absent: noSqlite,
    async open(retention) {
      const { open, close } = await createFile();
      onTestFinished(close);
      const database = open();
      const store = createSqliteStore(database, { migrate: true, ...(retention && { retention }) });
      const count = database.prepare("SELECT count(*) FROM require_action_audit").pluck();
      return { store, countRows: async () => Number(count.get()) };
    },
  },
  {
    name: "PostgreSQL",
    absent: noPostgres,
    async open(retention) {
      const { schema, open, close } = createSchema();
      onTestFinished(close);
      const pool = open();
      const store = await createPostgresStore(pool, {
        schema,
        queryTimeoutMs: PATIENCE_MS,
        migrate: true,
        ...(retention && { retention }),
      });
      const count = async () => Number((await pool.query(`SELECT count(*) FROM "${schema}".audit`)).rows[0].count);
      return { store, countRows: count };
    },
  },
];

describe.each(databases)("events that actions tell, on $name", ({ absent, open }) => {
  it.skipIf(absent)("take no row of their own, and are listed with the others by time", async () => {
    const { store, countRows } = await open();
    const expected: AuditEvent[] = [];
    for (let index = 0; index < 7; index++) {
      const action = makeAction(index);
      await store.record(action, undefined, eventOf(action));
      // Of the same time, and later than being tracked.
      const sent: AuditEvent = {
        type: "challenge.sent",
        at: NOW + index,
        userId: action.userId,
        actionId: `id-${index}`,
      };
      await store.appendEvent(sent);
      expected.unshift(sent, eventOf(action));
    }
    expect(await countRows()).toBe(7);
    expect(await listAll(store)).toEqual(expected);
    expect(await listAll(store, { userId: "user-1" })).toEqual(expected.filter(({ userId }) => userId === "user-1"));
    expect(await listAll(store, { actionId: "id-3" })).toEqual(expected.filter(({ actionId }) => actionId === "id-3"));
    expect(await listAll(store, { userId: "user-0", actionId: "id-3" })).toEqual([]);
  });

  it.skipIf(absent)("say how an action began, whatever became of it", async () => {
    const { store } = await open();
    for (const [index, [outcome, state]] of (
      [
        ["CHALLENGE", "CHALLENGE_REQUIRED"],
        ["REVIEW", "REVIEW_REQUIRED"],
      ] as const
    ).entries()) {
      const action = makeAction(index, { outcome, state, rules: [] });
      const event = eventOf(action);
      await store.record(action, undefined, event);
      const moved: AuditEvent = { type: "action.transitioned", at: NOW + 10 + index, actionId: action.actionId };
      await store.transition({ key: action, from: state, to: "BLOCK", at: NOW + 10 + index }, moved);
      expect(await listAll(store, { actionId: action.actionId })).toEqual([moved, event]);
    }
  });

  it.skipIf(absent)("are kept beside an action that does not say all of them", async () => {
    const { store, countRows } = await open();
    const changes: readonly Partial<AuditEvent>[] = [
      { undecidedRuleIds: ["r"] },
      { at: NOW - 1 },
      { ruleIds: ["second", 'r"2'] },
      { ruleIds: [] },
      { state: "BLOCK" },
      { reason: "constructor" },
      { type: "action.refused" },
    ];
    for (const [index, change] of changes.entries()) {
      const action = makeAction(index);
      const event = { ...eventOf(action), ...change };
      await store.record(action, { email: "a@bank.example" }, event);
      expect(await countRows()).toBe(index + 1);
      expect(await listAll(store, { actionId: action.actionId })).toEqual([event]);
    }
    expect((await store.findUser("user-0"))?.email).toBe("a@bank.example");
  });

  it.skipIf(absent)("F33: are told once, of the action that stands", async () => {
    const { store } = await open();
    const actions = Array.from({ length: 8 }, (_, index) => makeAction(0, { actionId: `id-${index}` }));
    await Promise.all(actions.map(async (action) => store.record(action, undefined, eventOf(action))));
    const standing = await store.findAction(makeAction(0));
    expect(await listAll(store)).toEqual([eventOf(standing!)]);
  });

  it.skipIf(absent)("F26: stay when their actions go, which are kept for less long", async () => {
    const { store } = await open({ actionsMs: 40 * DAY });
    const actions = [makeAction(0), makeAction(1, { rules: [], outcome: "REVIEW", state: "REVIEW_REQUIRED" })];
    const odd = { ...makeAction(2), createdAt: NOW };
    for (const action of actions) await store.record(action, undefined, eventOf(action));
    await store.record(odd, undefined, { type: "action.tracked", at: NOW, reason: "odd" });
    const before = await listAll(store);
    const later = NOW + 41 * DAY;
    for (let index = 3; index < 67; index++) {
      const action = makeAction(index, { createdAt: later });
      await store.record(action, undefined, eventOf(action));
    }
    await expect.poll(async () => (await store.listActions({ limit: 100 })).items.length).toBe(64);
    const events = await listAll(store);
    expect(events).toHaveLength(67);
    expect(events.slice(64).map(({ at }) => at)).toEqual(before.map(({ at }) => at));
    expect(events.slice(64)).toEqual(expect.arrayContaining(before));
  });

  it.skipIf(absent)("F26: go with the trail when their actions are kept for longer", async () => {
    const { store } = await open({ auditMs: 40 * DAY });
    const [old, recent, last] = [
      makeAction(0),
      makeAction(1, { createdAt: NOW + 1 }),
      makeAction(2, { createdAt: NOW + 40 * DAY }),
    ];
    for (const action of [old, recent, last]) await store.record(action, undefined, eventOf(action));
    expect(await listAll(store)).toEqual([eventOf(last), eventOf(recent)]);
    expect((await store.listActions({ limit: 10 })).items).toHaveLength(3);
  });
});
