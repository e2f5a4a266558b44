import { bareCopy } from "@require-action/core/options";
import { EngineError } from "../../lib/engine-error.ts";
import type { MemoryStoreLimits } from "./memory-limits.ts";
import {
  type ActionPacker,
  type ActionRow,
  type PackedAction,
  type PackedText,
  sequenceOf,
  trackedAt,
} from "./packed-actions.ts";
import type { ActionKey, ActionRecord } from "../records.ts";
import { joinKey, type Store, type Transition } from "../store.ts";
import { type ActionFilter, type Page, type ReviewScope, type ReviewStatus, reviewStatus } from "../filters.ts";

/** Actions recorded between two looks for those past their retention. */
const SWEEP_EVERY = 256;
/** What part of the settled actions goes when there is no more room. */
const SHARE = 16;

/** The memory store's actions. Records that are handed out inherit nothing. */
interface MemoryActions extends Synchronous<Pick<Store, "listReviews" | "countReviews" | "claimReview">> {
  find(key: ActionKey): ActionRecord | undefined;
  /**
   * Adds an action, or answers the one that its key is taken by. `beforehand` is called before it is added, with the action as
   * it will be kept where it is packed.
   */
  add(record: ActionRecord, beforehand: (packed: PackedAction | undefined) => void): ActionRecord;
  move(change: Transition): ActionRecord | undefined;
  list(filter: ActionFilter): Page<ActionRecord>;
  /** Actions that were tracked from one time to before another. */
  between(from: number, before: number): Iterable<ActionRecord>;
}

type Synchronous<Verbs> = {
  [Verb in keyof Verbs]: Verbs[Verb] extends (...given: infer Given) => Promise<infer Answer>
    ? (...given: Given) => Answer
    : never;
};

export function createMemoryActions(limits: MemoryStoreLimits, { pack, unpack }: ActionPacker): MemoryActions {
  /** Those that somebody may wait for, oldest first. */
  const open = new Map<string, ActionRow>();
  /** Those that nobody waits for, packed, the first that ended first: what may be evicted. */
  const settled = new Map<string, PackedText>();
  let sequence = 0;
  /** The key that was looked for last and is not there: whoever decides looks for it, and then adds it. */
  let missing: string | undefined;
  const keyOf = createKeyJoiner();

  const count = (): number => open.size + settled.size;

  /** Clears a share at once: to look for the oldest entry of a map costs by how many were deleted before it. */
  function makeRoom(now: number): void {
    if (count() < limits.actions && sequence % SWEEP_EVERY !== 0) return;
    for (const [key, { record }] of open) {
      if (!isPast(record, now)) break;
      open.delete(key);
    }
    for (const [key, text] of settled) {
      if (!isPast(unpack({ key, text }).record, now)) break;
      settled.delete(key);
    }
    if (count() < limits.actions) return;
    let share = Math.ceil(limits.actions / SHARE);
    for (const key of settled.keys()) {
      settled.delete(key);
      if (--share === 0) break;
    }
    if (count() >= limits.actions) {
      throw new EngineError("store_full", "The memory store is full: no action in it has ended.");
    }
  }

  function isPast({ createdAt }: ActionRecord, now: number): boolean {
    return createdAt + limits.actionRetentionMs <= now;
  }

  function rowOf(key: string): ActionRow | undefined {
    const row = open.size === 0 ? undefined : open.get(key);
    if (row !== undefined) return row;
    const text = settled.get(key);
    if (text !== undefined) return unpack({ key, text });
    missing = key;
    return undefined;
  }

  function put(key: string, row: ActionRow): void {
    if (isSettled(row.record.state)) {
      settled.set(key, pack(row));
      open.delete(key);
    } else {
      open.set(key, row);
      settled.delete(key);
    }
  }

  return {
    find: (key) => rowOf(keyOf(key))?.record,
    add(record, beforehand) {
      const key = keyOf(record);
      const taken = key === missing ? undefined : rowOf(key);
      if (taken !== undefined) return taken.record;
      missing = undefined;
      makeRoom(record.createdAt);
      sequence++;
      if (isSettled(record.state)) {
        const text = pack({ sequence, record });
        beforehand({ key, text });
        settled.set(key, text);
      } else {
        beforehand(undefined);
        open.set(key, { sequence, record: Object.freeze(record) });
      }
      return record;
    },
    move({ key, from, to, at, ifVotes, ...proof }) {
      const { verificationMethod, verifiedByAuthenticatorId, approval, resultKeyHash, deniedByUser, review } = proof;
      const id = keyOf(key);
      const row = rowOf(id);
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
      for (const row of newestFirst(prefix, before, state === undefined || isSettled(state))) {
        const { record } = row;
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
    *between(from, before) {
      const isWithin = (at: number): boolean => at >= from && at < before;
      for (const { record } of open.values()) if (isWithin(record.createdAt)) yield record;
      for (const [key, text] of settled) if (isWithin(trackedAt(text))) yield unpack({ key, text }).record;
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
      const id = keyOf(key);
      const row = open.get(id);
      if (row?.record.state !== "REVIEW_REQUIRED") return undefined;
      const { reviewClaim, ...others } = row.record;
      if (reviewClaim !== undefined && reviewClaim.reviewer !== claim.reviewer && reviewClaim.until > now)
        return undefined;
      const record = Object.freeze(bareCopy(claim.until > now ? { ...others, reviewClaim: claim } : others));
      put(id, { ...row, record });
      return record;
    },
  };

  /** Actions whose key begins so and whose place is before another, newest first; packed ones are unpacked as they are reached. */
  function* newestFirst(prefix: string, before: number, withSettled: boolean): Generator<ActionRow, undefined> {
    const places: { readonly sequence: number; readonly key: string }[] = [];
    for (const [key, { sequence: place }] of open) {
      if (place < before && key.startsWith(prefix)) places.push({ sequence: place, key });
    }
    for (const [key, text] of withSettled ? settled : []) {
      if (!key.startsWith(prefix)) continue;
      const place = sequenceOf(text);
      if (place < before) places.push({ sequence: place, key });
    }
    places.sort((one, other) => other.sequence - one.sequence);
    for (const { key } of places) {
      const row = rowOf(key);
      if (row !== undefined) yield row;
    }
  }

  /** Reviews, with their status then. None of them is of an action that is packed. */
  function* reviewsIn({
    userId,
    codes,
    now,
  }: ReviewScope): Generator<ActionRow & { readonly status: ReviewStatus }, undefined> {
    for (const row of open.values()) {
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

/** True for the states of actions that nobody waits for. */
function isSettled(state: ActionRecord["state"]): boolean {
  return state === "ALLOW" || state === "BLOCK";
}

/** Joins the parts of actions' keys. The last one is known again: whoever decides looks for an action, and then adds it. */
function createKeyJoiner(): (key: ActionKey) => string {
  let last: ActionKey & { readonly joined: string } = { userId: "", action: "", idempotencyKey: "", joined: "" };
  return ({ userId, action, idempotencyKey }) => {
    if (last.idempotencyKey !== idempotencyKey || last.userId !== userId || last.action !== action) {
      last = { userId, action, idempotencyKey, joined: joinKey([userId, action, idempotencyKey]) };
    }
    return last.joined;
  };
}
