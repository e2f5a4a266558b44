import { setImmediate } from "node:timers/promises";
import { createMemoryStore, type Store } from "@require-action/engine";
import { joinKey, type PolicyRecord } from "@require-action/engine/store";
import { findFailingCases, storeCases } from "@require-action/conformance/store";
import { describe, expect, it } from "vitest";

/** Stores with the faults that stores have had, each made of a right one. */
const broken: Readonly<Record<string, (store: Store) => Partial<Store>>> = {
  "counts after it looked": () => {
    const counts = new Map<string, number>();
    return {
      async countAttempt(key, limit, windowMs, now) {
        const count = (counts.get(joinKey(key)) ?? 0) + 1;
        await setImmediate();
        counts.set(joinKey(key), count);
        return { allowed: count <= limit, endsAt: now + windowMs };
      },
    };
  },
  "joins keys without their borders": (store) => ({
    countAttempt: (key, ...rest) => store.countAttempt([key.join(":")], ...rest),
  }),
  "lets a challenge be taken while it is there": (store) => ({
    async takeChallenge(challenge) {
      const { actionId, userAuthenticatorId, createdAt, challengeId } = challenge;
      const found = await store.findChallenge(actionId, userAuthenticatorId, createdAt);
      await setImmediate();
      await store.takeChallenge(challenge);
      return found?.challengeId === challengeId;
    },
  }),
  "begins a session for each that asks": (store) => {
    let sessions = 0;
    return {
      putSession: (session, event) =>
        store.putSession({ ...session, actionId: `${session.actionId}-${sessions++}` }, event),
    };
  },
  "hands news out to all that ask": (store) => {
    let news: Awaited<ReturnType<Store["takeOutbox"]>> = [];
    return {
      takeOutbox: async (...asked) => (news = [...news, ...(await store.takeOutbox(...asked))]),
    };
  },
  "refreshes a session from whatever generation": (store) => ({
    async refreshSession(sessionId, _generation, event) {
      const found = await store.findSession(sessionId);
      return found && store.refreshSession(sessionId, found.generation, event);
    },
  }),
  "numbers versions of the policy after it looked": (store) => {
    const added: PolicyRecord[] = [];
    return {
      async addPolicy(policy, event, expected) {
        const number = added.length + 1;
        await setImmediate();
        if (added.at(-1)?.version === policy.version) return { newest: added.at(-1), isNew: false };
        if (expected !== undefined && expected !== number - 1) return { newest: added.at(-1), isNew: false };
        added.push({ ...policy, number });
        await store.appendEvent(event);
        return { newest: added.at(-1), isNew: true };
      },
      findNewestPolicy: async (known) => (known?.version === added.at(-1)?.version ? undefined : added.at(-1)),
    };
  },
  "hands out the newest version by its number alone": (store) => ({
    async findNewestPolicy(known) {
      const newest = await store.findNewestPolicy();
      return newest?.number === known?.number ? undefined : newest;
    },
  }),
  "moves an action from whatever state": (store) => ({
    async transition(change, event) {
      const found = await store.findAction(change.key);
      return found && store.transition({ ...change, from: found.state }, event);
    },
  }),
  "records what was recorded before": (store) => ({
    async record(action, user, event) {
      await store.record(action, user, event);
      return action;
    },
  }),
  "changes an authenticator from whatever version": (store) => ({
    async updateAuthenticator(authenticator, changes) {
      const listed = await store.listAuthenticators(authenticator.userId);
      const found = listed.find((one) => one.userAuthenticatorId === authenticator.userAuthenticatorId);
      return found && store.updateAuthenticator(found, changes);
    },
  }),
  "looks whether it is the first, then enrols": (store) => ({
    async activateAuthenticator(authenticator, activation, event) {
      const listed = await store.listAuthenticators(authenticator.userId);
      await setImmediate();
      if (activation.onlyIfFirst && listed.some(({ verifiedAt }) => verifiedAt !== undefined)) return undefined;
      return store.activateAuthenticator(authenticator, { ...activation, onlyIfFirst: false }, event);
    },
  }),
  "reads counters before others have written theirs": (store) => ({
    async gather({ counters, ...query }) {
      const before = await store.gather({ ...query, counters: counters.map((one) => ({ ...one, amount: 0n })) });
      await setImmediate();
      await store.gather({ ...query, counters });
      return { ...before, counters: before.counters.map((sum, index) => sum + counters[index]!.amount) };
    },
  }),
  "forgets the event": (store) => ({
    async deleteUser(userId) {
      await store.deleteUser(userId, { type: "user.deleted", at: 0, reason: "lost" });
    },
  }),
  "compares ids without regard to case": (store) => ({
    findUser: (userId) => store.findUser(userId.toLowerCase()),
    updateUser: (userId, ...rest) => store.updateUser(userId.toLowerCase(), ...rest),
  }),
};

const failuresOf = (create: () => Store): Promise<readonly string[]> =>
  findFailingCases(storeCases, () => {
    const store = create();
    return { store, other: store };
  });

describe("the store conformance suite", () => {
  it("finds nothing in a right store", async () => {
    await expect(failuresOf(createMemoryStore)).resolves.toEqual([]);
  });

  it.each(Object.entries(broken))("finds out a store that %s", async (_, fault) => {
    const failed = await failuresOf(() => {
      const store = createMemoryStore();
      return { ...store, ...fault(store) };
    });
    expect(failed).not.toEqual([]);
  });
});
