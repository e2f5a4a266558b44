import { createMemoryStore, type Store } from "@require-action/engine";
import { type ActionRecord, type AuthenticatorRecord } from "@require-action/engine/store";
import fc from "fast-check";
import { describe, expect, it, onTestFinished } from "vitest";
import { sqlStores } from "./stores.ts";

/** `MODEL_RUNS=5000` for the full figure. */
const RUNS = Number(process.env["MODEL_RUNS"] ?? 60);
const START = Date.UTC(2026, 0, 15, 12);

/** What steps have in common: the time, and what was made so far. */
interface World {
  now: number;
  made: number;
}

/** A step as both stores take it. It answers with what must be the same, in an order that is. */
type Step = (store: Store, world: World) => Promise<unknown>;

const users = fc.constantFrom("alice", "bob");
const methods = fc.constantFrom("AUTHENTICATOR_APP", "PASSKEY", "EMAIL_OTP");
const keys = fc.constantFrom("k1", "k2", "k3");
const states = fc.constantFrom(
  "ALLOW",
  "CHALLENGE_REQUIRED",
  "CHALLENGE_SUCCEEDED",
  "REVIEW_REQUIRED",
  "REVIEW_SUCCEEDED",
  "REVIEW_FAILED",
  "BLOCK",
) satisfies fc.Arbitrary<ActionRecord["state"]>;
const devices = fc.constantFrom("d1", "d2");
const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const event = (now: number, userId: string) => ({ type: "action.tracked", at: now, userId }) as const;
const byId = (records: readonly object[]) => new Set(records.map((record) => JSON.stringify(sorted(record))));
const sorted = (value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .map(([name, one]) => [name, sorted(one)] as const)
          .toSorted(([one], [other]) => (one < other ? -1 : 1)),
      )
    : value;

/** One of the user's authenticators, as it is or as it was. */
async function pick(store: Store, userId: string, index: number, isStale: boolean) {
  const listed = [...(await store.listAuthenticators(userId))].toSorted(
    (one, other) => Number(one.userAuthenticatorId) - Number(other.userAuthenticatorId),
  );
  const found = listed[index % Math.max(listed.length, 1)];
  return found && isStale ? { ...found, version: found.version - 1 } : found;
}

const steps: fc.Arbitrary<Step>[] = [
  fc.nat(20_000).map((ms) => async (_, world) => void (world.now += ms)),
  fc
    .record({
      userId: users,
      idempotencyKey: keys,
      state: states,
      email: optional(fc.constantFrom("a@b.example", null)),
    })
    .map(({ userId, idempotencyKey, state, email }) => async (store, { now, made }) => {
      const action: ActionRecord = {
        userId,
        action: "pay",
        idempotencyKey,
        actionId: `id-${made}`,
        attributes: {},
        outcome: "CHALLENGE",
        state,
        createdAt: now,
        stateUpdatedAt: now,
        rules: [],
        policyVersion: "1",
        ...(state.startsWith("REVIEW") ? { review: { expiresAt: now + 15_000 } } : {}),
      };
      return sorted(await store.record(action, email === undefined ? undefined : { email }, event(now, userId)));
    }),
  fc
    .record({
      userId: users,
      idempotencyKey: keys,
      from: states,
      to: states,
      device: optional(devices),
      method: optional(methods),
    })
    .map(
      ({ userId, idempotencyKey, from, to, device, method }) =>
        async (store, { now }) =>
          sorted(
            await store.transition(
              {
                key: { userId, action: "pay", idempotencyKey },
                from,
                to,
                at: now,
                ...(device === undefined ? {} : { authenticatedDeviceId: device }),
                ...(method === undefined
                  ? {}
                  : { verificationMethod: method, review: { expiresAt: now + 5_000, reviewer: method, note: method } }),
              },
              event(now, userId),
            ),
          ),
    ),
  fc.record({ userId: users, idempotencyKey: keys, reviewer: users, lasts: fc.constantFrom(0, 10_000) }).map(
    ({ userId, idempotencyKey, reviewer, lasts }) =>
      async (store, { now }) =>
        sorted(
          await store.claimReview({ userId, action: "pay", idempotencyKey }, { reviewer, until: now + lasts }, now),
        ),
  ),
  fc
    .record({
      userId: users,
      idempotencyKey: keys,
      deviceId: optional(devices),
      needsUser: fc.boolean(),
      counters: fc.array(fc.record({ name: fc.constantFrom("v1", "v2"), amount: fc.bigInt(0n, 10n ** 20n) }), {
        maxLength: 2,
      }),
    })
    .map(({ userId, idempotencyKey, deviceId, needsUser, counters }) => async (store, { now }) => {
      const unique = new Map(counters.map(({ name, amount }) => [name, amount]));
      const { recorded, enrolledVerificationMethods, ...facts } = await store.gather({
        key: { userId, action: "pay", idempotencyKey },
        counters: [...unique].map(([name, amount]) => ({ key: [name, userId], windowMs: 60_000, amount })),
        needsUser,
        deviceId,
        needsDeviceCount: true,
        now,
      });
      return [sorted(recorded), new Set(enrolledVerificationMethods), facts];
    }),
  fc
    .record({
      userId: users,
      changes: fc.record(
        {
          email: fc.constantFrom("a@b.example", "c@d.example", null),
          username: fc.constantFrom("al", null),
          custom: fc.constantFrom({ tier: 1 }, { beta: true }, null),
        },
        { requiredKeys: [] },
      ),
    })
    .map(
      ({ userId, changes }) =>
        async (store, { now }) =>
          sorted(await store.updateUser(userId, changes, now)),
    ),
  users.map(
    (userId) =>
      async (store, { now }) =>
        store.deleteUser(userId, event(now, userId)),
  ),
  fc
    .record({
      userId: users,
      device: devices,
      rememberedUntil: optional(fc.constantFrom(START, null)),
      gone: fc.boolean(),
    })
    .map(
      ({ userId, device, rememberedUntil, gone }) =>
        async (store, { now }) =>
          sorted(
            await store.updateDevice(userId, device, {
              ...(rememberedUntil === undefined ? {} : { rememberedUntil }),
              ...(gone ? { invalidatedAt: now } : {}),
            }),
          ),
    ),
  fc
    .record({ userId: users, method: methods, isVerified: fc.boolean() })
    .map(({ userId, method, isVerified }) => async (store, world) => {
      const added: AuthenticatorRecord = {
        userId,
        userAuthenticatorId: String(world.made),
        verificationMethod: method,
        createdAt: world.now,
        version: 0,
        ...(isVerified ? { verifiedAt: world.now } : { enrollment: { actionId: "id", expiresAt: world.now } }),
      };
      await store.addAuthenticator(added, event(world.now, userId));
    }),
  fc
    .record({
      userId: users,
      index: fc.nat(5),
      isStale: fc.boolean(),
      onlyIfFirst: fc.boolean(),
      replacesOthers: fc.boolean(),
      credentialId: optional(fc.constantFrom("c1", "c2")),
    })
    .map(({ userId, index, isStale, onlyIfFirst, replacesOthers, credentialId }) => async (store, { now }) => {
      const found = await pick(store, userId, index, isStale);
      if (found === undefined) return undefined;
      const changes = credentialId === undefined ? {} : { credential: { credentialId } as never };
      const activation = { onlyIfFirst, replacesOthers, verifiedAt: now, changes };
      return sorted(await store.activateAuthenticator(found, activation, event(now, userId)));
    }),
  fc
    .record({ userId: users, index: fc.nat(5), isStale: fc.boolean(), lastStep: fc.nat(9) })
    .map(({ userId, index, isStale, lastStep }) => async (store, { now }) => {
      const found = await pick(store, userId, index, isStale);
      return found && sorted(await store.updateAuthenticator(found, { lastStep, lastVerifiedAt: now }));
    }),
  fc.record({ userId: users, index: fc.nat(5) }).map(({ userId, index }) => async (store, { now }) => {
    const found = await pick(store, userId, index, false);
    return found && store.deleteAuthenticator(userId, found.userAuthenticatorId, event(now, userId));
  }),
  fc
    .record({ actionId: keys, challengeId: keys, verb: fc.constantFrom("put", "find", "take") })
    .map(({ actionId, challengeId, verb }) => async (store, { now }) => {
      if (verb === "find") return sorted(await store.findChallenge(actionId, "1", now));
      const challenge = {
        challengeId,
        userId: "alice",
        actionId,
        userAuthenticatorId: "1",
        verificationMethod: "EMAIL_OTP",
        expected: "hash",
        createdAt: now,
        expiresAt: now + 10_000,
      };
      // Whether one that has ended can still be taken is for nobody to rely on: it was to be found first.
      if (verb === "put") return store.putChallenge(challenge, event(now, "alice"));
      return (await store.findChallenge(actionId, "1", now)) && store.takeChallenge(challenge);
    }),
  fc.record({ key: keys, isReset: fc.constantFrom(true, false, false, false) }).map(
    ({ key, isReset }) =>
      async (store, { now }) =>
        isReset ? store.resetAttempts([key]) : store.countAttempt([key], 3, 15_000, now),
  ),
];

const statuses = ["open", "approved", "rejected", "expired"] as const;

/** Everything that a store can be asked about at a time. */
async function readAll(store: Store, now: number): Promise<unknown> {
  const reviews = (status: (typeof statuses)[number], userId?: string) =>
    store.listReviews({ status, now, limit: 100, ...(userId === undefined ? {} : { userId }) });
  const actions = await store.listActions({ limit: 100 });
  const events = await store.listEvents({ limit: 1_000 });
  const people = await store.listUsers({ limit: 100 });
  const owned = async (userId: string) => [
    byId(await store.listAuthenticators(userId)),
    byId(await store.listDevices(userId)),
    sorted(await store.findUser(userId)),
    (await store.listActions({ userId, limit: 100, state: "BLOCK" })).items.map(sorted),
    (await store.listEvents({ userId, limit: 1_000 })).items.map(sorted),
  ];
  return [
    actions.items.map(sorted),
    await Promise.all(statuses.map(async (status) => (await reviews(status)).items.map(sorted))),
    await Promise.all(statuses.map(async (status) => (await reviews(status, "bob")).items.map(sorted))),
    await Promise.all(
      (["REVIEW_REQUIRED", "REVIEW_FAILED"] as const).map(async (state) =>
        (await store.listActions({ state, now, limit: 100 })).items.map(sorted),
      ),
    ),
    sorted(await store.countReviews({ now }, 2)),
    events.items.map(sorted),
    byId(people.items),
    byId((await store.listUsers({ email: "a@b.example", limit: 100 })).items),
    await owned("alice"),
    await owned("bob"),
    sorted(await store.findCredential("c1")),
  ];
}

describe.each(sqlStores)("on $name", ({ absent, open }) => {
  it.skipIf(absent)(
    "whatever the order of steps, the store answers as the memory store does",
    async () => {
      const { store, empty, close } = await open();
      onTestFinished(close);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(...steps), { minLength: 1, maxLength: 40 }), async (sequence) => {
          await empty();
          const memory = createMemoryStore();
          const worlds: [World, World] = [
            { now: START, made: 0 },
            { now: START, made: 0 },
          ];
          for (const step of sequence) {
            for (const world of worlds) {
              world.made++;
              // Lists are by time, so that no two things happen at once here.
              world.now++;
            }
            const expected: unknown = await step(memory, worlds[0]);
            expect(await step(store, worlds[1])).toEqual(expected);
          }
          expect(await readAll(store, worlds[1].now)).toEqual(await readAll(memory, worlds[0].now));
        }),
        { numRuns: RUNS },
      );
    },
    300_000,
  );
});
