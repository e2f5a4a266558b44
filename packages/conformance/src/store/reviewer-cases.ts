import assert from "node:assert/strict";
import type { Store } from "@require-action/engine";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import {
  atOnce,
  makeAuthenticator,
  makeCredential,
  makeEvent,
  makeReviewer,
  makeSession,
  plain,
  START,
  type StoreHarness,
  TEXTS,
} from "./store-harness.ts";

const event = makeEvent({ type: "reviewer.changed", actor: "olga" });

async function eventsOf({ listEvents }: Store): Promise<number> {
  return (await listEvents({ limit: 100 })).items.length;
}

/** Reviewers. */
export const reviewerCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "T64: a reviewer is kept as it is, with its event, and found by id and by user handle",
    async run({ store, other }) {
      const bob = makeReviewer("bob", {
        userIds: [...TEXTS],
        passkeys: [{ credential: makeCredential("bobs"), createdAt: START, lastUsedAt: START + 1 }],
        invitation: { tokenHash: "token", expiresAt: START + 5, browserHash: "browser" },
      });
      assert.equal(await store.putReviewer(bob, event), true);
      assert.deepEqual(plain(await other.findReviewer({ reviewerId: "bob" })), bob);
      assert.deepEqual(plain(await other.findReviewer({ userHandle: "handle-bob" })), bob);
      assert.equal(await other.findReviewer({ reviewerId: "handle-bob" }), undefined);
      assert.equal(await other.findReviewer({ userHandle: "bob" }), undefined);
      assert.equal(await eventsOf(other), 1);
    },
  },
  {
    title: "T64: reviewers are told apart by every letter, and listed oldest first",
    async run({ store, other }) {
      for (const [index, text] of TEXTS.entries()) {
        const reviewer = makeReviewer(text, { userHandle: `handle-${index}` });
        assert.equal(await store.putReviewer(reviewer, event), true);
      }
      const listed = await other.listReviewers();
      assert.deepEqual(
        listed.map(({ reviewerId }) => reviewerId),
        TEXTS,
      );
    },
  },
  {
    title: "T64: a reviewer is added once, and changed from the version that the change was made from",
    async run({ store, other }) {
      assert.equal(await store.putReviewer(makeReviewer("bob", { version: 2 }), event), false);
      assert.equal(await store.putReviewer(makeReviewer("bob"), event), true);
      assert.equal(await other.putReviewer(makeReviewer("bob", { userHandle: "another" }), event), false);
      const changed = makeReviewer("bob", { version: 2, role: "look" });
      assert.equal(await other.putReviewer(changed, event), true);
      assert.equal(await store.putReviewer(changed, event), false);
      assert.deepEqual(plain(await store.findReviewer({ reviewerId: "bob" })), changed);
      assert.equal(await eventsOf(store), 2);
    },
  },
  {
    title: "T64: of those who change a reviewer at once, one does",
    async run(subject) {
      const { store } = subject;
      await store.putReviewer(makeReviewer("bob"), event);
      const change = (one: Store, index: number): Promise<boolean> =>
        one.putReviewer(makeReviewer("bob", { version: 2, userIds: [`${index}`] }), event);
      const changed = await atOnce(subject, 20, change);
      assert.equal(changed.filter(Boolean).length, 1);
      const { userIds = [] } = (await store.findReviewer({ reviewerId: "bob" })) ?? {};
      assert.deepEqual(userIds, [`${changed.indexOf(true)}`]);
      assert.equal(await eventsOf(store), 2);
    },
  },
  {
    title: "T64: a reviewer who was taken away is not there, and may be added anew",
    async run({ store, other }) {
      await store.putReviewer(makeReviewer("bob"), event);
      await store.putReviewer(makeReviewer("carol"), event);
      assert.equal(await other.deleteReviewer("bob", event), true);
      assert.equal(await store.deleteReviewer("bob", event), false);
      assert.equal(await store.findReviewer({ reviewerId: "bob" }), undefined);
      assert.equal(await store.findReviewer({ userHandle: "handle-bob" }), undefined);
      assert.equal(await eventsOf(store), 3);
      assert.equal(await store.putReviewer(makeReviewer("bob", { version: 2 }), event), false);
      assert.equal(await store.putReviewer(makeReviewer("bob"), event), true);
      assert.equal((await other.listReviewers()).length, 2);
    },
  },
  {
    title: "T64: users and reviewers of one id, and their passkeys and sessions, know nothing of each other",
    async run({ store, other }) {
      const bob = makeReviewer("bob", { passkeys: [{ credential: makeCredential("shared"), createdAt: START }] });
      await store.putReviewer(bob, event);
      assert.equal(await other.findUser("bob"), undefined);
      assert.deepEqual(await other.listAuthenticators("bob"), []);
      assert.equal(await other.findCredential("shared"), undefined);
      const authenticator = makeAuthenticator("1", { userId: "bob" });
      await store.addAuthenticator(authenticator, event);
      const activation = { onlyIfFirst: false, replacesOthers: false, verifiedAt: START };
      const active = await store.activateAuthenticator(
        authenticator,
        { ...activation, changes: { credential: makeCredential("shared") } },
        event,
      );
      assert.equal(active?.userId, "bob");
      const reviewer = { reviewerId: "bob", credentialId: "shared", proof: "proof", address: "192.0.2.1" };
      const session = makeSession("s", { userId: "", kind: "console", reviewer });
      assert.equal(await store.putSession(session, event), true);
      await other.endSessions("bob", event);
      await other.deleteUser("bob", event);
      assert.deepEqual(plain(await other.findReviewer({ reviewerId: "bob" })), bob);
      assert.deepEqual(plain(await other.listSessions("", START)), [session]);
      await other.deleteReviewer("bob", event);
      assert.equal((await store.findSession("s"))?.endedAt, undefined);
    },
  },
];
