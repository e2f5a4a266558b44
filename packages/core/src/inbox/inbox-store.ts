import type { BoundFields } from "../binding/binding.ts";
import type { Awaitable } from "../lib/awaitable.ts";

/** A request for an approval as an inbox keeps it: a document of JSON. Stores look at the members that {@link InboxStore} names. */
export interface InboxRecord {
  /** Names it in the address of its page. Opens nothing to anybody but its user. */
  readonly id: string;
  readonly idempotencyKey: string;
  readonly user: string;
  readonly session?: string | undefined;
  readonly action: string;
  readonly canonical: string;
  readonly keyOnly: boolean;
  readonly bound?: BoundFields | undefined;
  readonly askedFrom?: { readonly ipAddress?: string | undefined; readonly userAgent?: string | undefined } | undefined;
  /** The challenge, encrypted. Absent for a review. */
  readonly challenge?: string | undefined;
  readonly matchingNumber: string;
  /** Milliseconds since the epoch, as all times here. */
  readonly askedAt: number;
  readonly expiresAt: number;
  readonly state: "open" | "answered" | "declined";
  readonly isSettled: boolean;
  /** Of the browser that entered the number. */
  readonly ticketHash?: string | undefined;
  /** The result token, encrypted. */
  readonly result?: string | undefined;
  readonly polledAt?: number | undefined;
  readonly intervalSeconds: number;
  /** Which of the user's places it takes, from 0. Absent once it takes none. */
  readonly slot?: number | undefined;
  /** The same for the same question, while it is open to whoever asks it. Absent once only its key finds it. */
  readonly question?: string | undefined;
  /** Rises by one with each change, from 1. */
  readonly version: number;
}

/**
 * Where an inbox keeps its requests. Each verb is one atomic step, so that any number of processes share one. An inbox decides all
 * else, by the clock of its own process.
 */
export interface InboxStore {
  /** Names the store in messages, as `postgres`. */
  readonly name: string;
  /**
   * Adds a record, and answers true. False, with nothing changed, where another record has its `id`, its `idempotencyKey`, its
   * `question`, or its user's `slot`. Records of the same user that expired by `now` are in nobody's way.
   */
  insert(record: InboxRecord, now: number): Awaitable<boolean>;
  /** The records of a user that have not expired by `now`, oldest first. */
  list(user: string, now: number): Awaitable<readonly InboxRecord[]>;
  /** The record with a key. */
  find(idempotencyKey: string, now: number): Awaitable<InboxRecord | undefined>;
  /** Replaces the record with its `id` whose version is one less than its own. False where there is none. */
  replace(record: InboxRecord): Awaitable<boolean>;
  /** Counts a notice to a user. True for as many as `most`, in a window of `windowMs` that begins with the first. */
  countNotice(user: string, most: number, windowMs: number, now: number): Awaitable<boolean>;
}
