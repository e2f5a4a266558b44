import { warnIfOneOfSeveral } from "@require-action/core/provider";
import { bareCopy, readOptions } from "@require-action/core/options";
import type { AuditEvent } from "../audit-event.ts";
import { createExpiringMap } from "../../lib/expiring-map.ts";
import { createMemoryActions } from "./memory-actions.ts";
import { createMemoryEvents } from "./memory-events.ts";
import { createMemoryFigures } from "./memory-figures.ts";
import { defaultMemoryStoreLimits, type MemoryStoreOptions, memoryStoreSchema } from "./memory-limits.ts";
import { changedRecord, createMemoryPeople, createMemoryReviewers, enrolledMethods } from "./memory-people.ts";
import { createMemoryOutbox } from "./memory-outbox.ts";
import { createMemoryPolicies } from "./memory-policies.ts";
import { createMemoryReceipts } from "./memory-receipts.ts";
import { createMemorySessions } from "./memory-sessions.ts";
import { createMemoryVelocity } from "./memory-velocity.ts";
import { createActionPacker } from "./packed-actions.ts";
import { declareOwn } from "../own-records.ts";
import type { ReceiptRecord } from "../receipt-records.ts";
import type { ChallengeRecord, OutboxRecord } from "../records.ts";
import { joinKey, type Store } from "../store.ts";
import { impliesEvent } from "../tracked-event.ts";

interface Attempts {
  readonly count: number;
  readonly endsAt: number;
}

const none: readonly never[] = Object.freeze([]);

/**
 * Creates a store in this process's memory: for development, tests and single-process demos. It is bounded, and all is
 * gone when the process ends. No verb awaits anything, so each one is atomic.
 */
export function createMemoryStore(options?: MemoryStoreOptions): Store {
  const { limits: given = {} } = readOptions("createMemoryStore", memoryStoreSchema, options);
  warnIfOneOfSeveral("store");
  const limits = { ...defaultMemoryStoreLimits, ...given };
  const packer = createActionPacker();
  const actions = createMemoryActions(limits, packer);
  const people = createMemoryPeople(limits);
  const velocity = createMemoryVelocity(limits.counters);
  const events = createMemoryEvents(limits.events, packer);
  const challenges = createExpiringMap<ChallengeRecord>("challenges", limits.challenges);
  const sessions = createMemorySessions(limits.sessions);
  const outbox = createMemoryOutbox(limits.outbox);
  const receipts = createMemoryReceipts(limits.receipts);
  const policies = createMemoryPolicies(limits.policies);
  const reviewers = createMemoryReviewers(limits.reviewers);
  const figures = createMemoryFigures({ actionsBetween: actions.between, eventsBetween: events.between });
  const attempts = createExpiringMap<Attempts>("attempt counters", limits.attempts);

  function makeRoom(now: number, news: readonly OutboxRecord[] = [], entries: readonly ReceiptRecord[] = []): void {
    outbox.makeRoom(news, now);
    receipts.makeRoom(entries);
  }

  /** What goes with a step. */
  function keep(event: AuditEvent, news: readonly OutboxRecord[] = [], entries: readonly ReceiptRecord[] = []): void {
    events.append(event);
    outbox.add(news);
    receipts.add(entries);
  }

  const store: Store = {
    name: "memory",

    gather({ key, counters, needsUser, deviceId, needsDeviceCount, now }) {
      const recorded = actions.find(key);
      const authenticators = people.authenticators(key.userId);
      const isNew = recorded === undefined;
      return {
        recorded,
        enrolledVerificationMethods: enrolledMethods(authenticators),
        hasVerified: authenticators.some(({ lastVerifiedAt }) => lastVerifiedAt !== undefined),
        // Of an action that is there already, its facts are there too.
        counters: isNew && counters.length > 0 ? counters.map((counter) => velocity.bump(counter, now)) : none,
        user: isNew && needsUser ? bareCopy(people.user(key.userId)) : undefined,
        device: isNew && deviceId !== undefined ? bareCopy(people.device(key.userId, deviceId)) : undefined,
        deviceCount:
          isNew && needsDeviceCount
            ? people.devices(key.userId).filter(({ invalidatedAt }) => invalidatedAt === undefined).length
            : undefined,
      };
    },
    record(action, user, event, receipt) {
      const entries = receipt === undefined ? none : [receipt];
      receipts.makeRoom(entries);
      return actions.add(action, (packed) => {
        receipts.add(entries);
        if (user !== undefined) people.updateUser(action.userId, user, action.createdAt);
        if (packed !== undefined && impliesEvent(action, event)) events.appendTold(packed);
        else events.append(event);
      });
    },
    async findAction(key) {
      const action = actions.find(key);
      const revokedUntil = people.user(key.userId)?.revokedUntil;
      return action === undefined || revokedUntil === undefined ? action : { ...action, revokedUntil };
    },
    listActions: async (filter) => actions.list(filter),
    async transition(change, event, news, entries) {
      makeRoom(change.at, news, entries);
      const moved = actions.move(change);
      if (moved === undefined) return undefined;
      const { authenticatedDeviceId: deviceId, verificationMethod, at } = change;
      if (deviceId !== undefined) {
        const { userId } = change.key;
        const { invalidatedAt: _revived, ...known } = people.device(userId, deviceId) ?? { createdAt: at };
        people.putDevice({
          ...known,
          userId,
          deviceId,
          authenticatedAt: at,
          ...(verificationMethod === undefined ? {} : { lastVerificationMethod: verificationMethod }),
        });
      }
      keep(event, news, entries);
      return moved;
    },

    listReviews: async (filter) => actions.listReviews(filter),
    countReviews: async (scope, most) => actions.countReviews(scope, most),
    claimReview: async (key, claim, now) => actions.claimReview(key, claim, now),

    findUser: async (userId) => people.user(userId),
    listUsers: async (filter) => people.listUsers(filter),
    updateUser: async (userId, changes, now) => people.updateUser(userId, changes, now),
    async deleteUser(userId, event, news, entries) {
      makeRoom(event.at, news, entries);
      people.remove(userId);
      challenges.deleteWhere((challenge) => challenge.userId === userId);
      sessions.endAll(userId, event.at);
      keep(event, news, entries);
    },

    listDevices: async (userId) => people.devices(userId),
    async updateDevice(userId, deviceId, { rememberedUntil, invalidatedAt }) {
      const known = people.device(userId, deviceId);
      if (known === undefined) return undefined;
      const { rememberedUntil: before, ...rest } = known;
      const until = rememberedUntil === undefined ? before : (rememberedUntil ?? undefined);
      const device = {
        ...rest,
        ...(until === undefined ? {} : { rememberedUntil: until }),
        ...(invalidatedAt === undefined ? {} : { invalidatedAt }),
      };
      people.putDevice(device);
      return device;
    },

    async addAuthenticator(authenticator, event) {
      people.addAuthenticator(Object.freeze(authenticator));
      events.append(event);
    },
    listAuthenticators: async (userId) => people.authenticators(userId),
    findCredential: async (credentialId) => people.findCredential(credentialId),
    listOwners: async (address, limit) => people.owners(address, limit),
    async activateAuthenticator(authenticator, activation, event, news, entries) {
      makeRoom(event.at, news, entries);
      const active = people.activate(authenticator, activation);
      if (active === undefined) return undefined;
      keep(event, news, entries);
      return active;
    },
    async updateAuthenticator(authenticator, changes) {
      const next = Object.freeze(changedRecord(authenticator, { ...changes, version: authenticator.version + 1 }));
      return people.replaceAuthenticator(authenticator, next) ? next : undefined;
    },
    async deleteAuthenticator(userId, userAuthenticatorId, event, news, entries) {
      makeRoom(event.at, news, entries);
      const deleted = people.deleteAuthenticator(userId, userAuthenticatorId);
      if (!deleted) return false;
      keep(event, news, entries);
      return true;
    },

    ...receipts.verbs,
    ...figures,

    takeOutbox: async (now, until, limit) => outbox.take(now, until, limit),
    settleOutbox: async (eventId, dueAt, data) => outbox.settle(eventId, dueAt, data),
    async putOutbox(news) {
      outbox.makeRoom([news], news.createdAt);
      outbox.add([news]);
    },

    async putChallenge(challenge, event) {
      const { actionId, userAuthenticatorId, expiresAt, createdAt } = challenge;
      challenges.set(joinKey([actionId, userAuthenticatorId]), Object.freeze(challenge), expiresAt, createdAt);
      events.append(event);
    },
    findChallenge: async (actionId, userAuthenticatorId, now) =>
      challenges.get(joinKey([actionId, userAuthenticatorId]), now),
    async takeChallenge({ actionId, userAuthenticatorId, challengeId, createdAt }) {
      const key = joinKey([actionId, userAuthenticatorId]);
      // Whether it had ended was for findChallenge to say.
      return challenges.get(key, createdAt)?.challengeId === challengeId && challenges.delete(key);
    },

    async putSession(session, event) {
      const isNew = sessions.add(session);
      if (isNew) events.append(event);
      return isNew;
    },
    findSession: async (sessionId) => sessions.find(sessionId),
    async refreshSession(sessionId, generation, event) {
      const refreshed = sessions.refresh(sessionId, generation, event.at);
      if (refreshed !== undefined) events.append(event);
      return refreshed;
    },
    listSessions: async (userId, now) => sessions.list(userId, now),
    async endSession(sessionId, event) {
      const isEnded = sessions.end(sessionId, event.at);
      if (isEnded) events.append(event);
      return isEnded;
    },
    async endSessions(userId, event) {
      sessions.endAll(userId, event.at);
      events.append(event);
    },

    async addPolicy(policy, event, expected) {
      const added = policies.add(policy, expected);
      if (added.isNew) events.append(event);
      return added;
    },
    findNewestPolicy: async (known) => policies.newest(known),
    listPolicies: async (filter) => policies.list(filter),

    listReviewers: async () => reviewers.list(),
    findReviewer: async (by) => reviewers.find(by),
    async putReviewer(reviewer, event) {
      const isPut = reviewers.put(reviewer);
      if (isPut) events.append(event);
      return isPut;
    },
    async deleteReviewer(reviewerId, event) {
      const isDeleted = reviewers.remove(reviewerId);
      if (isDeleted) events.append(event);
      return isDeleted;
    },

    async countAttempt(key, limit, windowMs, now) {
      const id = joinKey(key);
      const current = attempts.get(id, now);
      const next = { count: (current?.count ?? 0) + 1, endsAt: current?.endsAt ?? now + windowMs };
      // Counting on past the limit would cost a write for each refused attempt and change nothing.
      if (next.count <= limit) attempts.set(id, next, next.endsAt, now);
      return { allowed: next.count <= limit, endsAt: next.endsAt };
    },
    resetAttempts: async (key) => void attempts.delete(joinKey(key)),

    appendEvent: async (event) => events.append(bareCopy(event)),
    listEvents: async (filter) => events.list(filter),
  };
  // What every decision and every proof asks for.
  return declareOwn(store, [
    "gather",
    "record",
    "findAction",
    "listAuthenticators",
    "appendEvent",
    "putReceipts",
    "chainReceipts",
    "listFigures",
  ]);
}
