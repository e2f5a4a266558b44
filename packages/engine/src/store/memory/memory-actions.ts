import { bareCopy } from "@require-action/core/options";
import { EngineError } from "../../lib/engine-error.ts";
import type { MemoryStoreLimits } from "./memory-limits.ts";
import type { ActionKey, ActionRecord } from "../records.ts";
import { joinKey, splitKey, type Store, type Transition } from "../store.ts";
import { type ActionFilter, type Page, type ReviewScope, type ReviewStatus, reviewStatus } from "../filters.ts";

/** Actions recorded between two looks for those past their retention. */
const SWEEP_EVERY = 256;
/** What part of the settled actions goes when there is no more room. */
const SHARE = 16;

/** The memory store's actions. Records that are handed out inherit nothing. */
interface MemoryActions extends Synchronous<Pick<Store, "listReviews" | "countReviews" | "claimReview">> {
  find(key: ActionKey): ActionRecord | undefined;
  /** Adds an action, or answers the one that its key is taken by. `beforehand` is called before it is added. */
  add(record: ActionRecord, beforehand: () => void): ActionRecord;
  move(change: Transition): ActionRecord | undefined;
  list(filter: ActionFilter): Page<ActionRecord>;
}

type Synchronous<Verbs> = {
  [Verb in keyof Verbs]: Verbs[Verb] extends (...given: infer Given) => Promise<infer Answer>
    ? (...given: Given) => Answer
    : never;
};

export function createMemoryActions(limits: MemoryStoreLimits): MemoryActions {
  /** In the order that they were added in. Those that nobody waits for are packed. */
  const rows = new Map<string, ActionRow | PackedAction>();
  /** Keys of packed actions, oldest first: what may be evicted. To look for them among all would cost by how many are not. */
  const settled = new Set<string>();
  let sequence = 0;

  function remove(key: string): void {
    rows.delete(key);
    settled.delete(key);
  }

  /** Clears a share at once: to look for the oldest entry of a map costs by how many were deleted before it. */
  function makeRoom(now: number): void {
    if (rows.size < limits.actions && sequence % SWEEP_EVERY !== 0) return;
    for (const [key, row] of rows) {
      if (!isPast(rowOf(key, row), now)) break;
      remove(key);
    }
    if (rows.size < limits.actions) return;
    let share = Math.ceil(limits.actions / SHARE);
    for (const key of settled) {
      remove(key);
      if (--share === 0) break;
    }
    if (rows.size >= limits.actions) {
      throw new EngineError("store_full", "The memory store is full: no action in it has ended.");
    }
  }

  function isPast({ record: { createdAt } }: ActionRow, now: number): boolean {
    return createdAt + limits.actionRetentionMs <= now;
  }

  function put(key: string, row: ActionRow): void {
    const ended = isSettled(row.record.state);
    rows.set(key, ended ? packAction(row) : row);
    if (ended) settled.add(key);
    else settled.delete(key);
  }

  return {
    find(key) {
      const id = actionKey(key);
      const row = rows.get(id);
      return row === undefined ? undefined : rowOf(id, row).record;
    },
    add(record, beforehand) {
      const key = actionKey(record);
      const taken = rows.get(key);
      if (taken !== undefined) return rowOf(key, taken).record;
      makeRoom(record.createdAt);
      beforehand();
      put(key, { sequence: ++sequence, record: Object.freeze(record) });
      return record;
    },
    move({ key, from, to, at, ifVotes, ...proof }) {
      const { verificationMethod, verifiedByAuthenticatorId, approval, resultKeyHash, deniedByUser, review } = proof;
      const id = actionKey(key);
      const found = rows.get(id);
      const row = found === undefined ? undefined : rowOf(id, found);
      if (row === undefined || row.record.state !== from) return undefined;
      if (ifVotes !== undefined && (row.record.review?.voteCount ?? 0) !== ifVotes) return undefined;
      const { reviewClaim: _, ...known } = row.record;
      const record: ActionRecord = Object.freeze(
        Object.assign(bareCopy(known), {
          state: to,
          stateUpdatedAt: at,
          ...(verificationMethod === undefined ? {} : { verificationMethod }),
          ...(verifiedByAuthenticatorId === undefined ? {} : { verifiedByAuthenticatorId }),
          ...(approval === undefined ? {} : { approval }),
          ...(resultKeyHash === undefined ? {} : { resultKeyHash }),
          ...(deniedByUser === undefined ? {} : { deniedByUser }),
          ...(review === undefined ? {} : { review }),
        }),
      );
      put(id, { sequence: row.sequence, record });
      return record;
    },
    list({ userId, codes, state, now, actionIds, from, limit, after }) {
      const before = after === undefined ? Number.POSITIVE_INFINITY : Number(after);
      const prefix = userId === undefined ? "" : joinKey([userId]);
      const ids = actionIds && new Set(actionIds);
      const found: ActionRow[] = [];
      for (const [key, kept] of [...rows].reverse()) {
        // Unpacked only where it may be one of them.
        if (state !== undefined && typeof kept === "string" && !isSettled(state)) continue;
        if (!key.startsWith(prefix)) continue;
        const row = rowOf(key, kept);
        const { record } = row;
        if (row.sequence >= before) continue;
        if (codes !== undefined && !codes.includes(record.action)) continue;
        if (state !== undefined && stateAt(record, now) !== state) continue;
        if (ids?.has(record.actionId) === false) continue;
        if (from !== undefined && record.createdAt < from) continue;
        if (found.length === limit) {
          return { items: found.map((one) => one.record), next: String(found[limit - 1]?.sequence) };
        }
        found.push(row);
        // Each of them is there once.
        if (found.length === ids?.size) break;
      }
      return { items: found.map((one) => one.record) };
    },
    listReviews({ status, limit, after, ...scope }) {
      const [place, sequence] = after === undefined ? [Number.NEGATIVE_INFINITY, 0] : placesOf(after);
      const rest = [...reviewsIn(scope)]
        .filter((row) => row.status === status)
        .map(({ record, sequence: number }) => ({ record, place: reviewPlace(record, status), number }))
        .filter((one) => one.place > place || (one.place === place && placeOf(one.number, status) > sequence))
        .toSorted(
          (one, other) => one.place - other.place || placeOf(one.number, status) - placeOf(other.number, status),
        );
      const items = rest.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(({ record }) => record),
        ...(last !== undefined && rest.length > limit ? { next: `${last.place}:${placeOf(last.number, status)}` } : {}),
      };
    },
    countReviews(scope, most) {
      const counts = { open: 0, approved: 0, rejected: 0, expired: 0 };
      for (const { status } of reviewsIn(scope)) if (counts[status] < most) counts[status]++;
      return counts;
    },
    claimReview(key, claim, now) {
      const id = actionKey(key);
      const row = rows.get(id);
      if (row === undefined || typeof row === "string" || row.record.state !== "REVIEW_REQUIRED") return undefined;
      const { reviewClaim, ...others } = row.record;
      if (reviewClaim !== undefined && reviewClaim.reviewer !== claim.reviewer && reviewClaim.until > now)
        return undefined;
      const record = Object.freeze(bareCopy(claim.until > now ? { ...others, reviewClaim: claim } : others));
      put(id, { ...row, record });
      return record;
    },
  };

  /** Reviews, with their status then. None of them is of an action that is packed. */
  function* reviewsIn({
    userId,
    codes,
    now,
  }: ReviewScope): Generator<ActionRow & { readonly status: ReviewStatus }, undefined> {
    for (const row of rows.values()) {
      if (typeof row === "string") continue;
      const { record } = row;
      if (userId !== undefined && record.userId !== userId) continue;
      if (codes !== undefined && !codes.includes(record.action)) continue;
      const status = reviewStatus(record, now);
      if (status === undefined || record.review === undefined) continue;
      // Recorded by a clock that is ahead of this one.
      if (status === "expired" && record.review.expiresAt > now) continue;
      yield { ...row, status };
    }
  }
}

/** Reads the cursor of a list of reviews. @throws EngineError `request_invalid` */
function placesOf(after: string): readonly [place: number, sequence: number] {
  const [, place, sequence] = /^(-?\d{1,16}(?:\.\d{1,6})?):(-?\d{1,16})$/.exec(after) ?? [];
  if (place === undefined) throw new EngineError("request_invalid", "after must be next of the page before.");
  return [Number(place), Number(sequence)];
}

/** What a review is listed by, smallest first. */
function reviewPlace({ review, stateUpdatedAt }: ActionRecord, status: ReviewStatus): number {
  const endsAt = review?.expiresAt ?? 0;
  if (status === "open") return endsAt;
  return status === "expired" ? -endsAt : -stateUpdatedAt;
}

/** Reviews of one place are listed as they came, or the other way round. */
function placeOf(sequence: number, status: ReviewStatus): number {
  return status === "open" ? sequence : -sequence;
}

/** The state of an action, by which a review that is overdue at a time has failed. */
function stateAt(record: ActionRecord, now: number | undefined): ActionRecord["state"] {
  const isOverdue = now !== undefined && record.state === "REVIEW_REQUIRED" && reviewStatus(record, now) === "expired";
  return isOverdue ? "REVIEW_FAILED" : record.state;
}

function rowOf(key: string, row: ActionRow | PackedAction): ActionRow {
  return typeof row === "string" ? unpackAction(key, row) : row;
}

/** True for the states of actions that nobody waits for. */
function isSettled(state: ActionRecord["state"]): boolean {
  return state === "ALLOW" || state === "BLOCK";
}

function actionKey({ userId, action, idempotencyKey }: ActionKey): string {
  return joinKey([userId, action, idempotencyKey]);
}

/** An action in the memory store, with its place in the order of all. */
interface ActionRow {
  readonly sequence: number;
  readonly record: ActionRecord;
}

/**
 * An action that nobody waits for, as one text: the garbage collector copies it in one piece, where a record with its
 * attributes is a dozen objects. The action's key is left to whoever keeps it.
 */
type PackedAction = string;

type Column = Exclude<keyof ActionRecord, keyof ActionKey>;

/** What is packed, in this order; true for each. */
const columns: Readonly<Record<Column, true>> = {
  createdAt: true,
  actionId: true,
  state: true,
  outcome: true,
  stateUpdatedAt: true,
  policyVersion: true,
  attributes: true,
  rules: true,
  shownFields: true,
  facts: true,
  allowedVerificationMethods: true,
  defaultVerificationMethod: true,
  verificationMethod: true,
  rememberDays: true,
  rememberedDeviceId: true,
  verifiedByAuthenticatorId: true,
  deniedByUser: true,
  review: true,
  enrolledBefore: true,
  resultKeyHash: true,
  reviewClaim: true,
  boundFields: true,
  approval: true,
};
const names = Object.freeze(Object.keys(columns)) as readonly Column[];

/** Packs an action. */
function packAction({ sequence, record }: ActionRow): PackedAction {
  const values: unknown[] = [sequence];
  let filled = 1;
  for (const name of names) if (values.push(record[name]) && record[name] !== undefined) filled = values.length;
  values.length = filled;
  return JSON.stringify(values);
}

/** Unpacks the action of a key, as a record that inherits nothing. */
function unpackAction(key: string, packed: PackedAction): ActionRow {
  const [sequence, ...values] = JSON.parse(packed) as readonly [number, ...unknown[]];
  const [userId, action, idempotencyKey] = splitKey(key);
  const record: Record<string, unknown> = bareCopy({ userId, action, idempotencyKey });
  for (const [place, value] of values.entries()) if (value !== null) record[names[place]!] = bareCopy(value);
  return { sequence, record: Object.freeze(record) as unknown as ActionRecord };
}
