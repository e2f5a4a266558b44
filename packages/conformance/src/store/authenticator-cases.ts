import assert from "node:assert/strict";
import type { ConformanceCase } from "../suite/conformance-case.ts";
import { atOnce, makeAuthenticator, makeCredential, makeEvent, START, type StoreHarness } from "./store-harness.ts";

const activation = { onlyIfFirst: false, replacesOthers: false, verifiedAt: START + 1, changes: {} };
const event = makeEvent();

/** Authenticators, from the beginning of their enrolment. */
export const authenticatorCases: readonly ConformanceCase<StoreHarness>[] = [
  {
    title: "authenticators are listed oldest first, as they were added, with fields that only newer code knows",
    async run({ store, other }) {
      const first = { ...makeAuthenticator("2", { verificationMethod: "EMAIL_OTP" }), newField: ["new"] };
      const second = makeAuthenticator("1", { createdAt: START + 1, sealedSecret: "sealed" });
      await store.addAuthenticator(second, event);
      await store.addAuthenticator(first, event);
      const listed = await other.listAuthenticators("alice");
      // Authenticators that were added in another order than they were made may be listed in either.
      assert.deepEqual(
        listed.toSorted((one, next) => one.createdAt - next.createdAt),
        [first, second],
      );
      assert.deepEqual(await other.listAuthenticators("bob"), []);
    },
  },
  {
    title: "an unfinished enrolment makes way for the next of the same method, however many begin at once",
    async run(subject) {
      const { store } = subject;
      await store.addAuthenticator(makeAuthenticator("kept", { verificationMethod: "EMAIL_OTP" }), event);
      await atOnce(subject, 20, (one, index) => one.addAuthenticator(makeAuthenticator(`new-${index}`), event));
      assert.equal((await store.listAuthenticators("alice")).length, 2);
      await store.addAuthenticator(makeAuthenticator("adopted", { verifiedAt: START }), event);
      const ids = (await store.listAuthenticators("alice")).map(({ userAuthenticatorId }) => userAuthenticatorId);
      assert.deepEqual(ids.toSorted(), ["adopted", "kept"]);
    },
  },
  {
    title: "T5: of many activations of one enrolment one counts",
    async run(subject) {
      const { store } = subject;
      const pending = makeAuthenticator("1", { enrollment: { actionId: "id-1", expiresAt: START + 9 } });
      await store.addAuthenticator(pending, event);
      const answers = await atOnce(subject, 20, (one, lastStep) =>
        one.activateAuthenticator(pending, { ...activation, changes: { lastStep } }, event),
      );
      const activated = answers.filter((answer) => answer !== undefined);
      assert.equal(activated.length, 1);
      const { enrollment: _finished, ...kept } = pending;
      const expected = { ...kept, verifiedAt: START + 1, version: 1, lastStep: activated[0]?.lastStep };
      assert.deepEqual(await store.listAuthenticators("alice"), [expected]);
      assert.equal((await store.listEvents({ limit: 100 })).items.length, 2);
      assert.equal(await store.activateAuthenticator(activated[0]!, activation, event), undefined);
    },
  },
  {
    title: "T5: of many enrolments that each are to be the user's first one is",
    async run(subject) {
      const { store } = subject;
      const pending = Array.from({ length: 12 }, (_, index) =>
        makeAuthenticator(`${index}`, { verificationMethod: `METHOD_${index}` }),
      );
      for (const one of pending) await store.addAuthenticator(one, event);
      const answers = await atOnce(subject, pending.length, (one, index) =>
        one.activateAuthenticator(pending[index]!, { ...activation, onlyIfFirst: true }, event),
      );
      assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
      const verified = (await store.listAuthenticators("alice")).filter(({ verifiedAt }) => verifiedAt !== undefined);
      assert.equal(verified.length, 1);
    },
  },
  {
    title: "an enrolment that is to be the user's first is none when there is another, however that came",
    async run({ store, other }) {
      await store.addAuthenticator(makeAuthenticator("1"), event);
      await other.addAuthenticator(
        makeAuthenticator("2", { verificationMethod: "EMAIL_OTP", verifiedAt: START }),
        event,
      );
      const first = { ...activation, onlyIfFirst: true };
      assert.equal(await store.activateAuthenticator(makeAuthenticator("1"), first, event), undefined);
      const later = await store.activateAuthenticator(makeAuthenticator("1"), activation, event);
      assert.equal(later?.version, 1);
    },
  },
  {
    title: "a first authenticator can be enrolled again when the one before was taken away",
    async run({ store }) {
      for (const id of ["1", "2"]) {
        await store.addAuthenticator(makeAuthenticator(id), event);
        const active = await store.activateAuthenticator(
          makeAuthenticator(id),
          { ...activation, onlyIfFirst: true },
          event,
        );
        assert.equal(active?.userAuthenticatorId, id);
        assert.equal(await store.deleteAuthenticator("alice", id, event), true);
      }
    },
  },
  {
    title: "an activation may take the place of the others of its method, and of no more",
    async run({ store }) {
      await store.addAuthenticator(makeAuthenticator("old", { verifiedAt: START }), event);
      await store.addAuthenticator(
        makeAuthenticator("mail", { verifiedAt: START, verificationMethod: "EMAIL_OTP" }),
        event,
      );
      await store.addAuthenticator(makeAuthenticator("bobs", { userId: "bob", verifiedAt: START }), event);
      await store.addAuthenticator(makeAuthenticator("new"), event);
      await store.activateAuthenticator(makeAuthenticator("new"), { ...activation, replacesOthers: true }, event);
      const ids = (await store.listAuthenticators("alice")).map(({ userAuthenticatorId }) => userAuthenticatorId);
      assert.deepEqual(ids.toSorted(), ["mail", "new"]);
      assert.equal((await store.listAuthenticators("bob")).length, 1);
    },
  },
  {
    title: "a passkey is of one authenticator, of whichever user it is sought for",
    async run({ store, other }) {
      const credential = makeCredential("c");
      const enrol = async (userId: string, id: string) => {
        const pending = makeAuthenticator(id, { userId, verificationMethod: "PASSKEY" });
        await store.addAuthenticator(pending, event);
        return store.activateAuthenticator(pending, { ...activation, changes: { credential } }, event);
      };
      assert.equal((await enrol("alice", "1"))?.credential?.credentialId, "c");
      const before = (await store.listEvents({ limit: 100 })).items.length;
      assert.equal(await enrol("bob", "2"), undefined);
      assert.equal((await store.listEvents({ limit: 100 })).items.length, before + 1);
      assert.equal((await other.findCredential("c"))?.userId, "alice");
      assert.equal(await other.findCredential("C"), undefined);
      await store.deleteUser("alice", event);
      assert.equal(await store.findCredential("c"), undefined);
      assert.equal((await enrol("bob", "3"))?.userId, "bob");
    },
  },
  {
    title: "T8: an authenticator is changed from the version that was read, and no other",
    async run(subject) {
      const { store } = subject;
      const authenticator = makeAuthenticator("1", { verifiedAt: START, codeHashes: ["a", "b"] });
      await store.addAuthenticator(authenticator, event);
      const answers = await atOnce(subject, 40, (one, lastStep) =>
        one.updateAuthenticator(authenticator, { lastStep }),
      );
      const changed = answers.filter((answer) => answer !== undefined);
      assert.equal(changed.length, 1);
      assert.deepEqual(await store.listAuthenticators("alice"), [changed[0]]);
      assert.deepEqual(changed[0]?.codeHashes, ["a", "b"]);
      assert.equal(await store.updateAuthenticator(authenticator, { lastStep: 99 }), undefined);
      const next = await store.updateAuthenticator(changed[0]!, { codeHashes: ["b"], lastVerifiedAt: START + 2 });
      assert.deepEqual(next, { ...changed[0]!, codeHashes: ["b"], lastVerifiedAt: START + 2, version: 2 });
    },
  },
  {
    title: "T8: a passkey keeps its name, its last use and where it was enrolled, whichever changes at the same time",
    async run({ store, other }) {
      const credential = makeCredential("c");
      const enrolledOn = { deviceId: "device-1", userAgent: "a browser, \u{1f511}" };
      const kept = { verificationMethod: "PASSKEY", verifiedAt: START, credential, enrolledOn };
      const passkey = makeAuthenticator("1", kept);
      await store.addAuthenticator(passkey, event);
      const name = 'Alice\u2019s \u{1f511} \u202e"key" \\u0000';
      const named = await store.updateAuthenticator(passkey, { name });
      const used = { credential: { ...credential, signCount: 7 }, lastVerifiedAt: START + 5 };
      assert.equal(await other.updateAuthenticator(passkey, used), undefined);
      const both = await other.updateAuthenticator(named!, used);
      assert.deepEqual(both, { ...passkey, ...used, name, version: 2 });
      assert.deepEqual(await store.listAuthenticators("alice"), [both]);
      assert.deepEqual(await store.findCredential("c"), both);
    },
  },
  {
    title: "an authenticator is taken away once, and by its user only",
    async run(subject) {
      const { store } = subject;
      await store.addAuthenticator(makeAuthenticator("1", { verifiedAt: START }), event);
      assert.equal(await store.deleteAuthenticator("bob", "1", event), false);
      const answers = await atOnce(subject, 10, (one) => one.deleteAuthenticator("alice", "1", event));
      assert.equal(answers.filter(Boolean).length, 1);
      assert.equal((await store.listEvents({ limit: 100 })).items.length, 2);
    },
  },
  {
    title: "owners of an address are found by verified authenticators of it, each once, in the order of their ids",
    async run({ store, other }) {
      const add = async (userId: string, id: string, change: object): Promise<void> =>
        store.addAuthenticator(makeAuthenticator(id, { userId, verifiedAt: START, ...change }), makeEvent());
      await add("carol", "1", { verificationMethod: "EMAIL_OTP", email: "a@b.example" });
      await add("bob", "1", { verificationMethod: "EMAIL_OTP", email: "a@b.example" });
      await add("bob", "2", { verificationMethod: "EMAIL_MAGIC_LINK", email: "a@b.example" });
      await add("eve", "1", { verificationMethod: "EMAIL_OTP", email: "A@b.example" });
      await add("dan", "1", { verificationMethod: "SMS", phoneNumber: "+447700900123" });
      const pending = makeAuthenticator("1", { userId: "al", verificationMethod: "EMAIL_OTP", email: "a@b.example" });
      await store.addAuthenticator(pending, makeEvent());
      assert.deepEqual(await other.listOwners({ email: "a@b.example" }, 10), ["bob", "carol"]);
      assert.deepEqual(await other.listOwners({ email: "a@b.example" }, 1), ["bob"]);
      assert.deepEqual(await other.listOwners({ phoneNumber: "+447700900123" }, 10), ["dan"]);
      assert.deepEqual(await other.listOwners({ phoneNumber: "a@b.example" }, 10), []);
      await store.deleteAuthenticator("bob", "1", makeEvent());
      await store.deleteAuthenticator("bob", "2", makeEvent());
      assert.deepEqual(await other.listOwners({ email: "a@b.example" }, 10), ["carol"]);
    },
  },
];
