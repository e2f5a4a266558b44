import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";

/** How much the memory store holds before it evicts what is settled, or refuses. */
export interface MemoryStoreLimits {
  /** Actions. When there are more, the oldest that ended in ALLOW or BLOCK go first. */
  readonly actions: number;
  readonly users: number;
  /** Authenticators of one user. */
  readonly authenticatorsPerUser: number;
  /** Devices of one user; the one longest unused goes first. */
  readonly devicesPerUser: number;
  readonly counters: number;
  readonly challenges: number;
  readonly sessions: number;
  readonly attempts: number;
  /** News that waits for its delivery. */
  readonly outbox: number;
  /** Entries of the receipts. None goes, as a chain with a gap proves nothing. */
  readonly receipts: number;
  /** Versions of the policy; the oldest go first. */
  readonly policies: number;
  readonly reviewers: number;
  /** Audit events; the oldest go first. */
  readonly events: number;
  /** How long an action is kept, in milliseconds. */
  readonly actionRetentionMs: number;
}

export const defaultMemoryStoreLimits: MemoryStoreLimits = {
  actions: 100_000,
  users: 100_000,
  authenticatorsPerUser: 32,
  devicesPerUser: 64,
  counters: 200_000,
  challenges: 100_000,
  sessions: 100_000,
  attempts: 100_000,
  outbox: 10_000,
  receipts: 100_000,
  policies: 1_000,
  reviewers: 1_000,
  events: 10_000,
  actionRetentionMs: 30 * 24 * 60 * 60_000,
};

/** Options of `createMemoryStore`. */
export interface MemoryStoreOptions {
  readonly limits?: Partial<MemoryStoreLimits>;
}

const limit = option.whole({ least: 1 });

export const memoryStoreSchema: OptionsSchema<MemoryStoreOptions> = defineOptions<MemoryStoreOptions>({
  required: {},
  optional: {
    limits: defineOptions<Partial<MemoryStoreLimits>>({
      required: {},
      optional: {
        actions: limit,
        users: limit,
        authenticatorsPerUser: limit,
        devicesPerUser: limit,
        counters: limit,
        challenges: limit,
        sessions: limit,
        attempts: limit,
        outbox: limit,
        receipts: limit,
        policies: limit,
        reviewers: limit,
        events: limit,
        actionRetentionMs: limit,
      },
    }),
  },
});
