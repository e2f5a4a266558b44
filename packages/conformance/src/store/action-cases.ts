import assert from "node:assert/strict";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAction, makeEvent, plain, START, type StoreHarness, TEXTS } from "./store-harness.ts";

/** Actions. */
export const actionCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "an action is found as it was recorded, with fields that only newer code knows",
    async run({ store, other }) {
      const action = {
        ...makeAction("k", {
          attributes: {
            userAgent: 'Mozilla/5.0 ("quoted\\") ☂ 😀',
            custom: { amount: "10.00", n: 1e21, z: 0.1, yes: true },
          },
          rules: [{ ruleId: "r", name: "Rule" }],
        }),
        newField: { deep: [1, "two", null] },
      };
      await store.record(action, undefined, makeEvent());
      assert.deepEqual(plain(await other.findAction(action)), action);
    },
  },
  {
    title: "a data point may be called as anything is, and none is there that was not sent",
    async run({ store }) {
      const sent = [
        ["__proto__", "x"],
        ["constructor", "y"],
      ] as const;
      const custom = Object.create(null) as Record<string, string>;
      for (const [name, value] of sent) custom[name] = value;
      await store.record(makeAction("k", { attributes: { custom } }), undefined, makeEvent());
      const found = (await store.findAction(makeAction("k")))?.attributes.custom ?? {};
      assert.deepEqual(new Map(Object.entries(found)), new Map(sent));
      assert.equal("toString" in found, false);
    },
  },
  {
    title: "F33: of many records under one key the first one stands, and all are told of it",
    async run(subject) {
      const recorded = await atOnce(subject, 40, async (store, index) =>
        store.record(makeAction("k", { actionId: `id-${index}` }), { username: `name-${index}` }, makeEvent()),
      );
      const [first] = recorded;
      assert.equal(new Set(recorded.map(({ actionId }) => actionId)).size, 1);
      assert.equal((await subject.store.findUser("alice"))?.username, first?.actionId.replace("id", "name"));
      assert.equal((await subject.store.listEvents({ limit: 100 })).items.length, 1);
    },
  },
  {
    title: "T41: keys that differ never meet",
    async run({ store }) {
      const keys = TEXTS.flatMap((text) => [
        { userId: text, action: "pay", idempotencyKey: "k" },
        { userId: "user", action: "pay", idempotencyKey: text },
      ]);
      for (const [index, key] of keys.entries()) {
        const { actionId } = await store.record(
          makeAction("", { ...key, actionId: `id-${index}` }),
          undefined,
          makeEvent(),
        );
        assert.equal(actionId, `id-${index}`);
      }
    },
  },
  {
    title: "T5: of many moves from one state one is made",
    async run(subject) {
      const action = makeAction("k");
      await subject.store.record(action, undefined, makeEvent());
      const moves = await atOnce(subject, 40, async (store, index) =>
        store.transition(
          { key: action, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at: START + index },
          makeEvent({ at: START + index }),
        ),
      );
      const made = moves.filter((move) => move !== undefined);
      assert.equal(made.length, 1);
      assert.deepEqual(plain(await subject.other.findAction(action)), plain(made[0]));
      assert.equal((await subject.store.listEvents({ limit: 100 })).items.length, 2);
    },
  },
  {
    title: "T5, T55: of denials and approvals at once one is made, and no record is both",
    async run(subject) {
      const action = makeAction("k");
      await subject.store.record(action, undefined, makeEvent());
      const denied = { to: "CHALLENGE_FAILED", deniedByUser: true } as const;
      const approved = { to: "CHALLENGE_SUCCEEDED", verificationMethod: "PASSKEY" } as const;
      const moves = await atOnce(subject, 40, async (store, index) =>
        store.transition(
          { key: action, from: "CHALLENGE_REQUIRED", at: START, ...(index % 4 < 2 ? denied : approved) },
          makeEvent(),
        ),
      );
      const made = moves.filter((move) => move !== undefined);
      assert.equal(made.length, 1);
      const { state, deniedByUser, verificationMethod } = made[0]!;
      const expected = state === "CHALLENGE_FAILED" ? [true, undefined] : [undefined, "PASSKEY"];
      assert.deepEqual([deniedByUser, verificationMethod], expected);
      assert.deepEqual(plain(await subject.other.findAction(action)), plain(made[0]));
    },
  },
  {
    title: "a move brings its details and keeps the others, nested ones whole",
    async run({ store }) {
      const action = makeAction("k", { state: "REVIEW_REQUIRED", review: { expiresAt: 1, note: "old" } });
      await store.record(action, undefined, makeEvent());
      const assertion = { credentialId: "c", clientDataJSON: "e30", authenticatorData: "AA", signature: "AA" };
      const approval = {
        statement: '{"action":"päy","v":1}',
        nonce: "AA",
        shownText: "Pay\n1",
        digest: "AA",
        assertion,
      };
      const moved = await store.transition(
        {
          key: action,
          from: "REVIEW_REQUIRED",
          to: "REVIEW_SUCCEEDED",
          at: START + 1,
          verificationMethod: "PASSKEY",
          verifiedByAuthenticatorId: "1",
          approval,
          resultKeyHash: "hash",
          review: { expiresAt: 2, reviewer: "rita" },
        },
        makeEvent(),
      );
      assert.deepEqual(plain(moved), {
        ...action,
        state: "REVIEW_SUCCEEDED",
        stateUpdatedAt: START + 1,
        verificationMethod: "PASSKEY",
        verifiedByAuthenticatorId: "1",
        approval,
        resultKeyHash: "hash",
        review: { expiresAt: 2, reviewer: "rita" },
      });
    },
  },
  {
    title: "a move from another state, or of an action that is not there, changes and traces nothing",
    async run({ store }) {
      const action = makeAction("k");
      await store.record(action, undefined, makeEvent());
      const change = {
        from: "REVIEW_REQUIRED",
        to: "REVIEW_SUCCEEDED",
        at: START,
        authenticatedDeviceId: "d",
      } as const;
      assert.equal(await store.transition({ ...change, key: action }, makeEvent()), undefined);
      assert.equal(await store.transition({ ...change, key: makeAction("other") }, makeEvent()), undefined);
      assert.deepEqual(plain(await store.findAction(action)), action);
      assert.deepEqual(await store.listDevices("alice"), []);
      assert.equal((await store.listEvents({ limit: 10 })).items.length, 1);
    },
  },
  {
    title: "actions are listed newest first, page by page, by each filter",
    async run({ store }) {
      for (let index = 0; index < 12; index++) {
        const action = makeAction(`k${index}`, {
          userId: index % 2 ? "alice" : "bob",
          action: ["pay", "sign-in", "close"][index % 3]!,
          state: index % 4 ? "CHALLENGE_REQUIRED" : "REVIEW_REQUIRED",
          createdAt: START + Math.floor(index / 2),
        });
        await store.record(action, undefined, makeEvent());
      }
      const keysOf = async (filter: Omit<Parameters<typeof store.listActions>[0], "after" | "limit">) => {
        const keys: string[] = [];
        let after: string | undefined;
        do {
          const page = await store.listActions({ ...filter, limit: 2, ...(after === undefined ? {} : { after }) });
          keys.push(...page.items.map(({ idempotencyKey }) => idempotencyKey));
          after = page.next;
        } while (after !== undefined);
        return keys.map((key) => Number(key.slice(1)));
      };
      assert.deepEqual(await keysOf({}), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      assert.deepEqual(await keysOf({ userId: "alice" }), [11, 9, 7, 5, 3, 1]);
      assert.deepEqual(await keysOf({ codes: ["pay", "close", "pay"] }), [11, 9, 8, 6, 5, 3, 2, 0]);
      assert.deepEqual(await keysOf({ codes: [] }), []);
      assert.deepEqual(await keysOf({ state: "REVIEW_REQUIRED" }), [8, 4, 0]);
      assert.deepEqual(await keysOf({ from: START + 4 }), [11, 10, 9, 8]);
      const { actionId: first } = makeAction("k3");
      const { actionId: second } = makeAction("k8");
      assert.deepEqual(await keysOf({ actionIds: [first, second, "unknown", first] }), [8, 3]);
      assert.deepEqual(await keysOf({ actionIds: [] }), []);
      assert.deepEqual(await keysOf({ userId: "bob", codes: ["pay"], state: "REVIEW_REQUIRED", from: START }), [0]);
    },
  },
];
