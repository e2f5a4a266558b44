import { EngineError } from "../engine-error.ts";
import { joinKey } from "./key.ts";
import type { MemoryStoreLimits } from "./memory-limits.ts";
import type { ActionKey, ActionRecord } from "./records.ts";
import type { ActionFilter, Page, Transition } from "./store.ts";

/** Actions recorded between two looks for those past their retention. */
const SWEEP_EVERY = 256;
/** What part of the settled actions goes when there is no more room. */
const SHARE = 16;

interface Row {
  readonly sequence: number;
  readonly record: ActionRecord;
}

/** The memory store's actions. */
export interface MemoryActions {
  find(key: ActionKey): ActionRecord | undefined;
  /** Adds an action, or answers the one that its key is taken by. `beforehand` is called before it is added. */
  add(record: ActionRecord, beforehand: () => void): ActionRecord;
  move(change: Transition): ActionRecord | undefined;
  list(filter: ActionFilter): Page<ActionRecord>;
}

export function createMemoryActions(limits: MemoryStoreLimits): MemoryActions {
  const rows = new Map<string, Row>();
  /** Keys of actions that nobody waits for, oldest first: what may be evicted. */
  const settled = new Set<string>();
  let sequence = 0;

  function remove(key: string): void {
    rows.delete(key);
    settled.delete(key);
  }

  /** Clears a share at once: to look for the oldest entry of a map costs by how many were deleted before it. */
  function makeRoom(now: number): void {
    if (rows.size < limits.actions && sequence % SWEEP_EVERY !== 0) return;
    for (const [key, { record }] of rows) {
      if (isPast(record, now)) remove(key);
      else break;
    }
    if (rows.size < limits.actions) return;
    let share = Math.ceil(limits.actions / SHARE);
    for (const key of settled) {
      remove(key);
      if (--share === 0) break;
    }
    if (rows.size >= limits.actions) {
      throw new EngineError("store_full", "The memory store is full of unfinished actions.");
    }
  }

  function isPast({ createdAt }: ActionRecord, now: number): boolean {
    return createdAt + limits.actionRetentionMs <= now;
  }

  function put(key: string, row: Row): void {
    rows.set(key, row);
    if (row.record.state === "ALLOW" || row.record.state === "BLOCK") settled.add(key);
    else settled.delete(key);
  }

  return {
    find: (key) => rows.get(actionKey(key))?.record,
    add(record, beforehand) {
      const key = actionKey(record);
      const taken = rows.get(key);
      if (taken !== undefined) return taken.record;
      makeRoom(record.createdAt);
      beforehand();
      put(key, { sequence: ++sequence, record: Object.freeze(record) });
      return record;
    },
    move({ key, from, to, at, verificationMethod, verifiedByAuthenticatorId, review }) {
      const id = actionKey(key);
      const row = rows.get(id);
      if (row === undefined || row.record.state !== from) return undefined;
      const record: ActionRecord = Object.freeze({
        ...row.record,
        state: to,
        stateUpdatedAt: at,
        ...(verificationMethod === undefined ? {} : { verificationMethod }),
        ...(verifiedByAuthenticatorId === undefined ? {} : { verifiedByAuthenticatorId }),
        ...(review === undefined ? {} : { review }),
      });
      put(id, { sequence: row.sequence, record });
      return record;
    },
    list({ userId, codes, state, from, limit, after }) {
      const before = after === undefined ? Number.POSITIVE_INFINITY : Number(after);
      const found: Row[] = [];
      for (const row of [...rows.values()].reverse()) {
        const { record } = row;
        if (row.sequence >= before) continue;
        if (userId !== undefined && record.userId !== userId) continue;
        if (codes !== undefined && !codes.includes(record.action)) continue;
        if (state !== undefined && record.state !== state) continue;
        if (from !== undefined && record.createdAt < from) continue;
        if (found.length === limit) {
          return { items: found.map((one) => one.record), next: String(found[limit - 1]?.sequence) };
        }
        found.push(row);
      }
      return { items: found.map((one) => one.record) };
    },
  };
}

function actionKey({ userId, action, idempotencyKey }: ActionKey): string {
  return joinKey([userId, action, idempotencyKey]);
}
