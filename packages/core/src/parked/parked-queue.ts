/**
 * An action that waits for its review, as queues keep it: plain JSON. Whoever reads the queue learns when which action was parked,
 * and nothing of whom it is for and of what is bound; whoever writes to it can run nothing that was not parked.
 */
export interface ParkedJob {
  /** The action's id, as in events. The same at each delivery. */
  readonly id: string;
  readonly action: string;
  /** When it was parked, in milliseconds since the epoch. */
  readonly parkedAt: number;
  /** From when on it is to be delivered. */
  readonly dueAt: number;
  /** From when on it is not run any more. */
  readonly expiresAt: number;
  /** How often it could not be run, though it was not undecided. */
  readonly tries: number;
  /** The user, the session, the key and the bound fields, encrypted. */
  readonly sealed: string;
}

/** What becomes of a job that has been delivered: it is over, or is to be delivered again as `job` says. */
export type ParkedDisposition = { readonly kind: "done" } | { readonly kind: "again"; readonly job: ParkedJob };

/** How jobs are delivered. */
export interface ParkedDelivery {
  /** How many jobs are under way at once, at most. */
  readonly concurrency: number;
  /**
   * Receives a job, and resolves to what becomes of it. Where it rejects, and where its process ends before it has settled, the job
   * is delivered again.
   */
  deliver(job: ParkedJob): Promise<ParkedDisposition>;
  /** Learns of an error of the engine, after which deliveries go on by themselves. May not throw. */
  onError(error: unknown): void;
}

/** Jobs that are being delivered. */
export interface ParkedDeliveries {
  /** Delivers nothing more, and resolves once what is under way has ended. */
  stop(): Promise<void>;
}

/**
 * The queue of parked actions: two verbs over an engine of queues. It delivers each job at least once, and may deliver it twice:
 * the approval is used up in the ledger, once. No job may wait for another one that is not due.
 */
export interface ParkedQueue {
  /** A short name for logs and metrics: `memory`, `pg-boss`. */
  readonly name: string;
  /** Keeps a job, and resolves once it is durable. Of a job whose id waits already, nothing changes. */
  add(job: ParkedJob): Promise<void>;
  /** Delivers jobs from when they are due, until it is stopped. Resolves once it has begun. */
  work(delivery: ParkedDelivery): Promise<ParkedDeliveries>;
}
