import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import {
  atOnce,
  makeAction,
  makeAuthenticator,
  makeChallenge,
  makeEvent,
  plain,
  START,
  type StoreHarness,
  TEXTS,
} from "./store-harness.ts";

async function authenticate(store: Store, deviceId: string, at: number): Promise<void> {
  const action = makeAction(`${deviceId}-${at}`);
  await store.record(action, undefined, makeEvent());
  const change = { key: action, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at } as const;
  await store.transition({ ...change, verificationMethod: "PASSKEY", authenticatedDeviceId: deviceId }, makeEvent());
}

/** Users and their devices. */
export const peopleCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "a user changes in what is told: the rest stays, null takes away, nested fields are replaced whole",
    async run({ store, other }) {
      await store.updateUser("alice", { email: "a@b.example", username: "al", custom: { tier: 1, beta: true } }, START);
      await other.updateUser("alice", { username: null, custom: { tier: 2 } }, START + 1);
      const expected = { userId: "alice", createdAt: START, email: "a@b.example", custom: { tier: 2 } };
      assert.deepEqual(plain(await store.findUser("alice")), expected);
    },
  },
  {
    title: "what track told about a user is kept with the action, and adds to what was known",
    async run({ store }) {
      await store.updateUser("alice", { username: "al" }, START);
      await store.record(makeAction("k"), { email: "a@b.example" }, makeEvent());
      const { username, email } = (await store.findUser("alice")) ?? {};
      assert.deepEqual([username, email], ["al", "a@b.example"]);
    },
  },
  {
    title: "an action is found with the time up to which everything of its user was revoked",
    async run({ store, other }) {
      const action = makeAction("k");
      await store.record(action, undefined, makeEvent());
      assert.equal((await other.findAction(action))?.revokedUntil, undefined);
      await other.updateUser("alice", { email: "a@b.example" }, START);
      assert.equal((await store.findAction(action))?.revokedUntil, undefined);
      await other.updateUser("alice", { revokedUntil: START + 5 }, START + 5);
      assert.deepEqual(plain(await store.findAction(action)), plain({ ...action, revokedUntil: START + 5 }));
      assert.equal((await store.findUser("alice"))?.revokedUntil, START + 5);
      assert.equal(await store.findAction({ ...action, idempotencyKey: "another" }), undefined);
    },
  },
  {
    title: "changes of different fields at once are all kept",
    async run(subject) {
      const fields = ["email", "phoneNumber", "username"] as const;
      await atOnce(subject, 30, (store, index) =>
        store.updateUser("alice", { [fields[index % 3]!]: `value-${index % 3}` }, START),
      );
      const { email, phoneNumber, username } = (await subject.store.findUser("alice")) ?? {};
      assert.deepEqual([email, phoneNumber, username], ["value-0", "value-1", "value-2"]);
    },
  },
  {
    title: "users are listed page by page, by each filter",
    async run({ store }) {
      for (const [index, userId] of ["a", "b", "c", "d", "e"].entries()) {
        await store.updateUser(userId, { email: `${index % 2}@bank.example`, username: `name-${index % 3}` }, START);
      }
      const listed: string[] = [];
      let after: string | undefined;
      do {
        const page = await store.listUsers({ limit: 2, ...(after === undefined ? {} : { after }) });
        listed.push(...page.items.map(({ userId }) => userId));
        after = page.next;
      } while (after !== undefined);
      assert.deepEqual(listed.toSorted(), ["a", "b", "c", "d", "e"]);
      const found = await store.listUsers({ email: "0@bank.example", username: "name-1", limit: 10 });
      assert.deepEqual(
        found.items.map(({ userId }) => userId),
        ["e"],
      );
    },
  },
  {
    title: "T41: users that look alike are not taken for one",
    async run({ store }) {
      for (const userId of TEXTS) await store.updateUser(userId, { username: userId }, START);
      for (const userId of TEXTS) assert.equal((await store.findUser(userId))?.username, userId);
      for (const username of TEXTS) {
        const { items } = await store.listUsers({ username, limit: 10 });
        assert.deepEqual(
          items.map(({ userId }) => userId),
          [username],
        );
      }
    },
  },
  {
    title: "a user is taken away with authenticators and devices; actions and audit stay",
    async run({ store, other }) {
      await store.updateUser("alice", {}, START);
      await authenticate(store, "d", START);
      await store.addAuthenticator(makeAuthenticator("1", { verifiedAt: START }), makeEvent());
      await other.deleteUser("alice", makeEvent({ reason: "deleted" }));
      assert.equal(await store.findUser("alice"), undefined);
      assert.deepEqual(await store.listAuthenticators("alice"), []);
      assert.deepEqual(await store.listDevices("alice"), []);
      assert.equal((await store.listActions({ userId: "alice", limit: 10 })).items.length, 1);
      assert.equal((await store.listEvents({ limit: 1 })).items[0]?.reason, "deleted");
      await other.deleteUser("nobody", makeEvent({ reason: "again" }));
      assert.equal((await store.listEvents({ limit: 1 })).items[0]?.reason, "again");
    },
  },
  {
    title: "T66: a user is taken away with what was asked of it, and nobody else's",
    async run({ store, other }) {
      const challenges = [
        makeChallenge("c"),
        makeChallenge("d", { actionId: "id-2", userAuthenticatorId: "code-challenge:verified" }),
        makeChallenge("e", { actionId: "id-3", userId: "bob" }),
        makeChallenge("f", { actionId: "id-4", userId: "" }),
      ];
      for (const challenge of challenges) await store.putChallenge(challenge, makeEvent());
      await other.deleteUser("alice", makeEvent());
      const taken = [];
      for (const challenge of challenges) taken.push(await store.takeChallenge(challenge));
      assert.deepEqual(taken, [false, false, true, true]);
    },
  },
  {
    title: "a device is there once a challenge was completed on it, and known again when it was invalidated",
    async run({ store }) {
      await authenticate(store, "d", START);
      await store.updateDevice("alice", "d", { rememberedUntil: START + 10 });
      await store.updateDevice("alice", "d", { invalidatedAt: START + 1, rememberedUntil: null });
      const invalidated = {
        userId: "alice",
        deviceId: "d",
        createdAt: START,
        authenticatedAt: START,
        lastVerificationMethod: "PASSKEY",
        invalidatedAt: START + 1,
      };
      assert.deepEqual(await store.listDevices("alice"), [invalidated]);
      await authenticate(store, "d", START + 2);
      const { invalidatedAt: _gone, ...known } = invalidated;
      assert.deepEqual(await store.listDevices("alice"), [{ ...known, authenticatedAt: START + 2 }]);
    },
  },
  {
    title: "devices are of their user, and changing one that is not there makes none",
    async run({ store }) {
      await authenticate(store, "d", START);
      assert.equal(await store.updateDevice("bob", "d", { rememberedUntil: 1 }), undefined);
      assert.equal(await store.updateDevice("alice", "e", { rememberedUntil: 1 }), undefined);
      assert.deepEqual(await store.listDevices("bob"), []);
      assert.equal((await store.listDevices("alice"))[0]?.rememberedUntil, undefined);
    },
  },
];
