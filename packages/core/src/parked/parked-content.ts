import type { ParkedJob } from "./parked-queue.ts";

/** What only the application can read of a parked action. */
export interface ParkedContent {
  readonly user: string;
  readonly session: string | undefined;
  /** The sealed key, by which the action is looked up. */
  readonly key: string;
  readonly bound: Readonly<Record<string, string | number | boolean>>;
  /** How old an approval may be on the route that parked it, in milliseconds. */
  readonly maxAges: Readonly<Record<"challenge" | "review" | "undatedReview", number>>;
}

/** What a `Location` holds. */
export interface ParkedHandle extends Omit<ParkedContent, "bound"> {
  readonly action: string;
  readonly expiresAt: number;
}

/** What of a job is readable and must not be exchanged. What changes from one delivery to the next is not in it. */
export function jobLabel({ id, action, parkedAt, expiresAt }: Omit<ParkedJob, "sealed">): readonly string[] {
  return ["job", id, action, String(parkedAt), String(expiresAt)];
}

export const handleLabel: readonly string[] = ["handle"];
