import type { Clock } from "@require-action/core";
import { mailboxOf, networkOf } from "../lib/address.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import type { AttemptCount, KeyParts, Store } from "../store/store.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Answers evaluated at most within the window, right ones too; the right one gives them back. */
const AT_ONCE = 5;
const AT_ONCE_MS = 15 * MINUTE;
/** How long a source from which a code was answered rightly is known. */
const KNOWN_MS = 90 * DAY;

/** Wrong answers after which there is a wait as long as the window. */
interface Tier {
  readonly wrong: number;
  readonly windowMs: number;
}

/**
 * From where nobody has proved the address: all together, and never given back, as a right answer of its owner must not bring
 * a stranger new guesses. With those that are under way when the last wait begins, 50 in a month, and 95 around the end of one.
 */
const strangers: readonly Tier[] = [
  { wrong: 10, windowMs: 2 * 60 * MINUTE },
  { wrong: 20, windowMs: DAY },
  { wrong: 45, windowMs: 30 * DAY },
];
/** From a known source, in a row. */
const known: readonly Tier[] = [{ wrong: 15, windowMs: 30 * DAY }];

/** An address that codes are sent to. */
export interface CodeAddress {
  /** As `EMAIL_OTP`. */
  readonly verificationMethod: string;
  /** In any spelling: one mailbox or telephone is counted once. */
  readonly address: string;
}

/** Where a code was asked for, as the application's backend says. */
export interface CodeSource {
  readonly deviceId?: string | undefined;
  readonly ipAddress?: string | undefined;
}

/**
 * Limits guessing and sending where no session of the address's owner is needed. Counted for the mailbox or telephone, over
 * all challenges, users and sessions; apart for sources from which its codes were answered rightly before, so that strangers
 * use up nothing of theirs.
 */
export interface AddressLimits {
  /** Counts an answer before it is compared; refused when there were too many, until `endsAt`. */
  countAnswer(to: CodeAddress, from: CodeSource): Promise<AttemptCount>;
  /** Counts a wrong answer, once compared. `event` says what the answer was for. */
  countWrong(to: CodeAddress, from: CodeSource, event: Pick<AuditEvent, "userId" | "action">): Promise<void>;
  /** After a right answer: its source is known from now on. */
  proved(to: CodeAddress, from: CodeSource): Promise<void>;
  /** Counts a code before it is sent. */
  countSend(to: CodeAddress, from: CodeSource, limit: number, windowMs: number): Promise<AttemptCount>;
  /** Ends every wait of strangers, and of the source that is given. */
  unlock(to: CodeAddress, from?: CodeSource): Promise<void>;
}

interface Budget {
  readonly key: KeyParts;
  readonly tiers: readonly Tier[];
  readonly isKnown: boolean;
}

/** Methods that write to what another method writes to: another way to a telephone gives no more attempts at it. */
const sharedBudgets: ReadonlyMap<string, string> = new Map([
  ["WHATSAPP", "SMS"],
  ["EMAIL_MAGIC_LINK", "EMAIL_OTP"],
]);

/** Creates the limits over a store that every process shares. */
export function createAddressLimits({
  store,
  clock,
  append,
}: {
  readonly store: Store;
  readonly clock: Clock;
  /** Records that an address is locked. The event does not hold the address. */
  readonly append: (event: AuditEvent) => Promise<void>;
}): AddressLimits {
  const mailbox = ({ verificationMethod, address }: CodeAddress): KeyParts => [
    sharedBudgets.get(verificationMethod) ?? verificationMethod,
    mailboxOf(address),
  ];

  const endOf = (key: KeyParts): Promise<number | undefined> => windowEndOf(store, key, clock.now());

  /** What a source's answers are counted under. A device is told from others by its cookie, so it comes before a network. */
  async function budgetOf(to: CodeAddress, from: CodeSource): Promise<Budget> {
    for (const source of sourcesOf(from)) {
      const isKnown = (await endOf(["address-known", ...mailbox(to), ...source])) !== undefined;
      if (isKnown) return { key: [...mailbox(to), ...source], tiers: known, isKnown };
    }
    return { key: mailbox(to), tiers: strangers, isKnown: false };
  }

  const waitKey = ({ key }: Budget, index: number): KeyParts => ["address-wait", String(index), ...key];
  const wrongKey = ({ key }: Budget, index: number): KeyParts => ["address-wrong", String(index), ...key];

  async function forget(budget: Budget): Promise<void> {
    await store.resetAttempts(["address-answers", ...budget.key]);
    for (const index of budget.tiers.keys()) {
      await store.resetAttempts(wrongKey(budget, index));
      await endWindow(store, waitKey(budget, index));
    }
  }

  return {
    async countAnswer(to, from) {
      const budget = await budgetOf(to, from);
      for (const index of budget.tiers.keys()) {
        const endsAt = await endOf(waitKey(budget, index));
        if (endsAt !== undefined) return { allowed: false, endsAt };
      }
      return store.countAttempt(["address-answers", ...budget.key], AT_ONCE, AT_ONCE_MS, clock.now());
    },
    async countWrong(to, from, about) {
      const budget = await budgetOf(to, from);
      for (const [index, { wrong, windowMs }] of budget.tiers.entries()) {
        const now = clock.now();
        // The one that there is no room for begins the wait.
        const { allowed } = await store.countAttempt(wrongKey(budget, index), wrong - 1, windowMs, now);
        if (allowed) continue;
        if (!(await beginWindow(store, waitKey(budget, index), windowMs, now))) continue;
        const { verificationMethod } = to;
        const reason = budget.isKnown ? "known_source" : "strangers";
        await append({ type: "address.locked", at: now, verificationMethod, reason, ...about });
      }
    },
    async proved(to, from) {
      const budget = await budgetOf(to, from);
      if (budget.isKnown) await forget(budget);
      else await store.resetAttempts(["address-answers", ...budget.key]);
      for (const source of sourcesOf(from)) {
        const key = ["address-known", ...mailbox(to), ...source];
        await endWindow(store, key);
        await beginWindow(store, key, KNOWN_MS, clock.now());
      }
    },
    async countSend(to, from, limit, windowMs) {
      const { key } = await budgetOf(to, from);
      return store.countAttempt(["address-sends", ...key], limit, windowMs, clock.now());
    },
    async unlock(to, from = {}) {
      const budget = await budgetOf(to, from);
      await forget(budget);
      await forget({ key: mailbox(to), tiers: strangers, isKnown: false });
    },
  };
}

function sourcesOf({ deviceId, ipAddress }: CodeSource): readonly KeyParts[] {
  return [
    ...(deviceId === undefined ? [] : [["device", deviceId]]),
    ...(ipAddress === undefined ? [] : [["network", networkOf(ipAddress)]]),
  ];
}

/** So far back that what a store may have kept of the question has ended by any process's clock. */
const LONG_AGO_MS = 24 * 60 * 60_000;

/**
 * Returns when the window of what was counted under a key ends, in milliseconds since the epoch; `undefined` when there is none.
 * Counts nothing: with a limit of none no attempt is allowed, and a window that has ended begins none.
 */
export async function windowEndOf(
  store: Pick<Store, "countAttempt">,
  key: KeyParts,
  now: number,
): Promise<number | undefined> {
  const { endsAt } = await store.countAttempt(key, 0, -LONG_AGO_MS, now);
  return endsAt > now ? endsAt : undefined;
}

/** No count comes near it, not even where a store takes half of a limit for used because it may have forgotten some. */
const MANY = 1_000_000;

/**
 * Begins a window under a key, unless one is under way, so that {@link windowEndOf} finds it. True for the first of those
 * who begin the same one at once.
 */
export async function beginWindow(
  store: Pick<Store, "countAttempt">,
  key: KeyParts,
  windowMs: number,
  now: number,
): Promise<boolean> {
  await store.countAttempt(key, MANY, windowMs, now);
  return (await store.countAttempt(["first", ...key], 1, windowMs, now)).allowed;
}

/** Ends a window that was begun under a key. */
export async function endWindow(store: Pick<Store, "resetAttempts">, key: KeyParts): Promise<void> {
  await store.resetAttempts(key);
  await store.resetAttempts(["first", ...key]);
}
