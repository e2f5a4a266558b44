import type { InboxRecord, InboxStore } from "@require-action/core/agents";
import type { Ledger } from "@require-action/core/ledger";
import type { Store } from "@require-action/engine";
import type {
  ActionRecord,
  AuditEvent,
  AuthenticatorRecord,
  ChallengeRecord,
  SessionRecord,
} from "@require-action/engine/store";

const NOW = Date.UTC(2026, 0, 15, 12);
const event: AuditEvent = { type: "action.tracked", at: NOW, userId: "alice", actionId: "id" };
const key = { userId: "alice", action: "pay", idempotencyKey: "k" };

const action: ActionRecord = {
  ...key,
  actionId: "id",
  attributes: {},
  outcome: "CHALLENGE",
  state: "CHALLENGE_REQUIRED",
  createdAt: NOW,
  stateUpdatedAt: NOW,
  rules: [],
  policyVersion: "1",
};

const authenticator: AuthenticatorRecord = {
  userId: "alice",
  userAuthenticatorId: "1",
  verificationMethod: "AUTHENTICATOR_APP",
  createdAt: NOW,
  version: 0,
};

const challenge: ChallengeRecord = {
  challengeId: "c",
  userId: "alice",
  actionId: "id",
  userAuthenticatorId: "1",
  verificationMethod: "EMAIL_OTP",
  expected: "hash",
  createdAt: NOW,
  expiresAt: NOW + 1_000,
};

const session: SessionRecord = {
  sessionId: "s",
  userId: "alice",
  actionId: "id",
  clientId: "web",
  verificationMethod: "PASSKEY",
  generation: 1,
  createdAt: NOW,
  expiresAt: NOW + 1_000,
};

/** Every choice of the fields of a filter. */
function choices<Filter extends object>(filter: Filter): Partial<Filter>[] {
  return Object.entries(filter).reduce<Partial<Filter>[]>(
    (some, [name, value]) => some.flatMap((one) => [one, { ...one, [name]: value }]),
    [{}],
  );
}

/** Calls each verb with each choice of filters, and often enough for everything to be swept. */
export async function useEverything(store: Store, ledger: Ledger): Promise<void> {
  const query = { key, needsUser: true, deviceId: "d", needsDeviceCount: true, now: NOW };
  const counter = { key: ["velocity"], windowMs: 60_000 };
  for (let times = 0; times < 65; times++) {
    await store.gather({ ...query, counters: [{ ...counter, amount: 1n }] });
    await store.record({ ...action, idempotencyKey: `k${times}` }, { email: "a@bank.example" }, event);
    await store.putChallenge(challenge, event);
    await store.putSession({ ...session, sessionId: `s${times}`, actionId: `id${times}` }, event);
    await store.takeOutbox(NOW, NOW, 1);
    await store.countAttempt(["a"], 1, 1_000, NOW);
    await ledger.claim("key", "owner", 1_000);
  }
  await ledger.release("key", "owner");
  await store.gather({ ...query, counters: [] });
  await store.findAction(key);
  await store.transition(
    { key: action, from: "CHALLENGE_REQUIRED", to: "CHALLENGE_SUCCEEDED", at: NOW, authenticatedDeviceId: "d" },
    event,
  );
  for (const filter of choices({
    userId: "alice",
    codes: ["pay"],
    state: "ALLOW",
    actionIds: ["id"],
    from: NOW,
    after: "1:1",
  } as const)) {
    await store.listActions({ ...filter, limit: 10 });
  }
  for (const filter of choices({ userId: "alice", after: "1:1" })) {
    for (const state of ["REVIEW_REQUIRED", "REVIEW_FAILED"] as const)
      await store.listActions({ ...filter, state, now: NOW, limit: 10 });
    for (const status of ["open", "approved", "rejected", "expired"] as const)
      await store.listReviews({ ...filter, status, now: NOW, limit: 10 });
  }
  await store.countReviews({ now: NOW }, 10);
  await store.countReviews({ userId: "alice", codes: ["pay"], now: NOW }, 10);
  await store.claimReview(action, { reviewer: "rita", until: NOW + 1 }, NOW);
  await store.updateUser("alice", { username: "al" }, NOW);
  await store.findUser("alice");
  const people = { email: "a@bank.example", phoneNumber: "+4912345678", username: "al", after: "a" };
  for (const filter of choices(people)) await store.listUsers({ ...filter, limit: 10 });
  await store.updateDevice("alice", "d", { invalidatedAt: NOW });
  await store.listDevices("alice");
  await store.addAuthenticator(authenticator, event);
  const activation = { onlyIfFirst: true, replacesOthers: true, verifiedAt: NOW, changes: {} };
  const active = await store.activateAuthenticator(authenticator, activation, event);
  await store.updateAuthenticator(active!, { lastStep: 1 });
  await store.addAuthenticator({ ...authenticator, userAuthenticatorId: "2", verifiedAt: NOW }, event);
  await store.listAuthenticators("alice");
  await store.findCredential("c");
  await store.deleteAuthenticator("alice", "1", event);
  await store.findChallenge("id", "1", NOW);
  await store.takeChallenge(challenge);
  await store.putOutbox({
    eventId: "e",
    type: "log",
    createdAt: NOW,
    dueAt: NOW,
    expiresAt: NOW,
    attempts: 0,
    data: {},
  });
  await store.settleOutbox("e", NOW, { from: 1 });
  await store.settleOutbox("e", NOW);
  await store.settleOutbox("e");
  await store.findSession("s0");
  await store.refreshSession("s0", 1, event);
  await store.endSession("s0", event);
  await store.endSessions("alice", event);
  const published = { version: "v", format: 1, source: "actions: {}", publishedAt: NOW };
  await store.addPolicy(published, event);
  await store.findNewestPolicy();
  await store.findNewestPolicy({ number: 1, version: "v" });
  for (const filter of choices({ number: 1, after: "2" })) await store.listPolicies({ ...filter, limit: 10 });
  const fixed = { userHandle: "h", passkeys: [], seal: "s", createdAt: NOW };
  for (const version of [1, 2]) {
    await store.putReviewer({ reviewerId: "bob", role: "decide", userIds: [], version, ...fixed }, event);
  }
  await store.listOwners({ email: "a@b.example" }, 10);
  await store.listOwners({ phoneNumber: "+1" }, 10);
  await store.listReviewers();
  for (const by of [{ reviewerId: "bob" }, { userHandle: "h" }]) await store.findReviewer(by);
  await store.deleteReviewer("bob", event);
  await store.resetAttempts(["a"]);
  await store.appendEvent(event);
  for (const filter of choices({ userId: "alice", actionId: "id", from: NOW, before: NOW, after: "1:0:1" })) {
    await store.listEvents({ ...filter, limit: 10 });
  }
  await store.takeFigures(NOW, NOW);
  await store.tallyFigures(NOW, NOW + 10);
  await store.listTouchedHours(NOW, NOW + 10);
  await store.tallyOpenReviews(NOW);
  await store.putFigures([], { through: NOW, version: 0, until: NOW, oldestHour: 0 });
  await store.listFigures({ unit: "hour", from: NOW, before: NOW + 10 });
  await useReceipts(store);
  await store.deleteUser("alice", event);
}

const asked: InboxRecord = {
  id: "i",
  idempotencyKey: "k",
  user: "alice",
  action: "pay",
  canonical: "{}",
  keyOnly: false,
  matchingNumber: "42",
  askedAt: NOW,
  expiresAt: NOW + 1_000,
  state: "open",
  isSettled: false,
  intervalSeconds: 5,
  slot: 0,
  question: "q",
  version: 1,
};

/** Calls each verb of an inbox's store, often enough for it to be swept. */
export async function useInbox(store: InboxStore): Promise<void> {
  for (let times = 0; times < 65; times++) {
    await store.insert(
      { ...asked, id: `i${times}`, idempotencyKey: `k${times}`, slot: times, question: `q${times}` },
      NOW,
    );
  }
  await store.list("alice", NOW);
  await store.find("k0", NOW);
  await store.replace({ ...asked, id: "i0", idempotencyKey: "k0", version: 2 });
  await store.countNotice("alice", 1, 1_000, NOW);
}

async function useReceipts(store: Store): Promise<void> {
  await store.putReceipts([{ entryId: "decided:1", entry: "{}" }]);
  await store.listWaitingReceipts(10);
  const [first, head] = [
    { entryId: "decided:1", entry: "{}", position: 1, previous: "a" },
    { entryId: "head:1", entry: "{}", signature: "a..b", position: 2, previous: "b" },
  ];
  await store.chainReceipts([first, head]);
  await store.findReceipts(["decided:1"]);
  await store.listReceipts({ after: 0, limit: 10 });
}
