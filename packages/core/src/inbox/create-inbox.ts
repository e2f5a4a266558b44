import { createHash, randomBytes, randomInt } from "node:crypto";
import { lengthPrefixed } from "../lib/length-prefixed.ts";
import { createTextSealer } from "../lib/sealed-text.ts";
import type { ApprovalQuery, ApprovalRequest, KeptApproval } from "./approval-inbox.ts";
import { type InboxOptions, type ReadInboxOptions, readInboxOptions } from "./inbox-options.ts";
import type { InboxRecord } from "./inbox-store.ts";
import { createMemoryInboxStore } from "./memory-inbox-store.ts";
import { createNotifier } from "./notices.ts";
import type { Inbox, OpenApproval } from "./inbox.ts";

const DAY_MS = 86_400_000;
const MAX_TOKEN_LENGTH = 4_096;
/** Between two looks at a store that another process may have written to. */
const LOOK_MS = 1_000;
/** How often a change is tried that another one came before. */
const MOST_TRIES = 20;
/** The interval of RFC 8628 and CIBA, and by how much it grows for whoever asks too soon. */
const INTERVAL_SECONDS = 5;
const LONGEST_INTERVAL_SECONDS = 60;
/** Timers and networks are not exact. */
const POLL_TOLERANCE_MS = 500;

type Challenge = NonNullable<ApprovalRequest["challenge"]>;

/**
 * Creates an inbox over a store. All processes that share the store share the inbox: agents and routes keep requests, and the page
 * shows them.
 * @throws ConfigurationError that names the option that is wrong
 * @example
 * const inbox = createInbox({
 *   pageUrl: "https://bank.example/approvals",
 *   store: createMemoryInboxStore(), // or, for several processes, a store of @require-action/sql
 *   secrets: [process.env["INBOX_SECRET"] ?? ""],
 * });
 */
export function createInbox(given: InboxOptions): Inbox {
  return openInbox(readInboxOptions("createInbox", given));
}

/**
 * Creates an inbox for one process. What it loses with the process are open requests, which are then asked for again.
 * @throws ConfigurationError that names the option that is wrong
 */
export function createMemoryInbox(given: Omit<InboxOptions, "store" | "secrets">): Inbox {
  const own = { store: createMemoryInboxStore(), secrets: [randomBytes(32)] };
  return openInbox({ ...readInboxOptions("createMemoryInbox", given, own) });
}

function openInbox({
  pageUrl,
  returnUrl,
  store,
  secrets,
  limitPerUser,
  clock,
  notices,
  emit,
}: ReadInboxOptions): Inbox {
  const sealer = createTextSealer(secrets, "require-action inbox");
  const waiting = new Map<string, Set<() => void>>();
  const urlOf = ({ id }: Pick<InboxRecord, "id">): string => `${pageUrl}/${id}`;
  const notify = createNotifier({ ...notices, store, clock, emit, urlOf });

  const challengeOf = ({ id, challenge }: InboxRecord): Challenge | undefined => {
    const text = challenge === undefined ? undefined : sealer.open(challenge, [id, "challenge"]);
    return text === undefined ? undefined : (JSON.parse(text) as Challenge);
  };
  const standing = (record: InboxRecord): KeptApproval => {
    const { id, idempotencyKey, canonical, state, matchingNumber, challenge, result } = record;
    return {
      idempotencyKey,
      canonical,
      state,
      page: challenge === undefined ? undefined : { url: urlOf(record), matchingNumber },
      token: result === undefined ? undefined : sealer.open(result, [id, "result"]),
    };
  };
  const isOpen = ({ state, isSettled, challenge }: InboxRecord): boolean =>
    state === "open" && !isSettled && challenge !== undefined;
  const openOf = async (user: string, id: string): Promise<InboxRecord | undefined> =>
    (await store.list(user, clock.now())).find((record) => record.id === id && isOpen(record));

  /** Writes a record as `next` makes it of how it stands; nothing where it makes nothing of it. */
  const change = async (
    read: () => InboxRecord | undefined | PromiseLike<InboxRecord | undefined>,
    next: (record: InboxRecord) => Partial<InboxRecord> | undefined,
  ): Promise<InboxRecord | undefined> => {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const record = await read();
      const members = record && next(record);
      if (record === undefined || members === undefined) return undefined;
      const changed = withPlaces({ ...record, ...members, version: record.version + 1 });
      if (!(await store.replace(changed))) continue;
      if (changed.state !== "open") waiting.get(changed.idempotencyKey)?.forEach((resolve) => resolve());
      return changed;
    }
    throw new Error("the inbox is changed by too many at once");
  };
  const byKey = (idempotencyKey: string) => () => store.find(idempotencyKey, clock.now());

  const find = async (query: ApprovalQuery): Promise<InboxRecord | undefined> => {
    const { idempotencyKey, user, session, action, canonical, keyOnly = false } = query;
    return (await store.list(user, clock.now())).findLast(
      (record) =>
        record.session === session &&
        record.action === action &&
        record.keyOnly === keyOnly &&
        (idempotencyKey === undefined
          ? !keyOnly && record.canonical === canonical && !record.isSettled
          : record.idempotencyKey === idempotencyKey),
    );
  };

  /** Adds a record in a place that is free; nothing where the same question is kept already, or no place is free. */
  const insert = async (record: InboxRecord): Promise<InboxRecord | undefined> => {
    for (let tries = 0; tries < limitPerUser + MOST_TRIES; tries++) {
      const now = clock.now();
      const own = await store.list(record.user, now);
      if (record.question !== undefined && own.some(({ question }) => question === record.question)) return undefined;
      const taken = new Set(own.map(({ slot }) => slot));
      const free = Array.from({ length: limitPerUser }, (_, slot) => slot).filter((slot) => !taken.has(slot));
      if (free.length === 0) return undefined;
      // One of them by chance, so that those who ask at once seldom meet.
      const placed = { ...record, slot: free[randomInt(free.length)]! };
      if (await store.insert(placed, now)) return placed;
    }
    return undefined;
  };

  return {
    pageUrl,
    returnUrl,
    async keep({ expiresAt, challenge, keyOnly = false, ...request }) {
      const now = clock.now();
      const id = randomBytes(16).toString("base64url");
      const kept = await insert({
        ...request,
        keyOnly,
        id,
        challenge: challenge && sealer.seal(JSON.stringify(challenge), [id, "challenge"]),
        matchingNumber: String(randomInt(10, 100)),
        askedAt: now,
        expiresAt: expiresAt === undefined ? now + DAY_MS : Date.parse(expiresAt),
        state: "open",
        isSettled: false,
        intervalSeconds: INTERVAL_SECONDS,
        question: keyOnly ? undefined : questionOf(request),
        version: 1,
      });
      if (kept === undefined) {
        const same = keyOnly ? undefined : await find({ ...request, idempotencyKey: undefined });
        if (same === undefined) emit({ type: "request_refused", user: request.user, action: request.action });
        return same && standing(same);
      }
      if (challenge !== undefined) notify(kept);
      return standing(kept);
    },
    async find(query) {
      const record = await find(query);
      return record && standing(record);
    },
    async settle(idempotencyKey) {
      await change(byKey(idempotencyKey), ({ isSettled }) => (isSettled ? undefined : { isSettled: true }));
    },
    async refuse(idempotencyKey) {
      await change(byKey(idempotencyKey), ({ state }) => (state === "declined" ? undefined : { state: "declined" }));
    },
    async poll(idempotencyKey) {
      const now = clock.now();
      let isTooSoon = false;
      const polled = await change(byKey(idempotencyKey), ({ polledAt, intervalSeconds }) => {
        isTooSoon = polledAt !== undefined && now - polledAt < intervalSeconds * 1000 - POLL_TOLERANCE_MS;
        const slower = Math.min(intervalSeconds + INTERVAL_SECONDS, LONGEST_INTERVAL_SECONDS);
        return { polledAt: now, intervalSeconds: isTooSoon ? slower : intervalSeconds };
      });
      return { intervalSeconds: polled?.intervalSeconds ?? INTERVAL_SECONDS, isTooSoon };
    },
    async whenAnswered(idempotencyKey, signal) {
      const isDecided = async (): Promise<boolean> =>
        (await store.find(idempotencyKey, clock.now()))?.state !== "open" || signal.aborted;
      while (!signal.aborted && !(await isDecided())) await nextLook(waiting, idempotencyKey, signal);
    },
    async open(user) {
      const open = (await store.list(user, clock.now())).filter(isOpen);
      return open.map((record) => shownOf(record)).toReversed();
    },
    async match(user, id, matchingNumber) {
      const ticket = randomBytes(32).toString("base64url");
      const matched = await change(
        () => openOf(user, id),
        (record) => (record.matchingNumber === matchingNumber ? { ticketHash: hashOf(ticket) } : { state: "declined" }),
      );
      if (matched === undefined) return undefined;
      if (matched.state !== "open") {
        emit({ type: "wrong_number", user, action: matched.action, id });
        return undefined;
      }
      const { token, url } = challengeOf(matched) ?? {};
      return { token, url, ticket };
    },
    async complete(user, ticket, resultToken) {
      // A cookie and a parameter of a URL: either may be absent, and the latter a list.
      if (typeof ticket !== "string" || typeof resultToken !== "string") return undefined;
      if (resultToken === "" || resultToken.length > MAX_TOKEN_LENGTH) return undefined;
      const hash = hashOf(ticket);
      const ofTicket = async (): Promise<InboxRecord | undefined> =>
        (await store.list(user, clock.now())).find((record) => record.ticketHash === hash && isOpen(record));
      const answered = await change(ofTicket, ({ id }) => ({
        state: "answered",
        result: sealer.seal(resultToken, [id, "result"]),
      }));
      return answered && shownOf(answered);
    },
    async decline(user, id) {
      const declined = await change(
        () => openOf(user, id),
        () => ({ state: "declined" }),
      );
      if (declined === undefined) return undefined;
      emit({ type: "request_declined", user, action: declined.action, id });
      return challengeOf(declined) ?? {};
    },
  };
}

/** A record without the places that it has no claim to any more: who declines is not asked more often than who says nothing. */
function withPlaces({ slot, question, ...record }: InboxRecord): InboxRecord {
  const { isSettled, state, challenge } = record;
  const isDone = state === "answered" || (isSettled && challenge === undefined);
  return { ...record, slot: isDone ? undefined : slot, question: isSettled ? undefined : question };
}

function shownOf({ id, action, bound, askedFrom, askedAt, expiresAt }: InboxRecord): OpenApproval {
  return {
    id,
    action,
    bound,
    askedFrom,
    askedAt: new Date(askedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

/** Resolves when this process has changed the record, when it is time to look again, and when the signal aborts. */
function nextLook(waiting: Map<string, Set<() => void>>, key: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const listeners = waiting.get(key) ?? new Set();
    waiting.set(key, listeners);
    const done = (): void => {
      clearTimeout(timer);
      listeners.delete(done);
      if (listeners.size === 0) waiting.delete(key);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, LOOK_MS);
    timer.unref();
    listeners.add(done);
    signal.addEventListener("abort", done);
  });
}

function questionOf({ user, session, action, canonical }: Omit<ApprovalQuery, "idempotencyKey">): string {
  const parts = [user, session === undefined ? "" : `session ${session}`, action, canonical];
  return hashOf(lengthPrefixed(parts));
}

function hashOf(text: string | Uint8Array): string {
  return createHash("sha256").update(text).digest("base64url");
}
