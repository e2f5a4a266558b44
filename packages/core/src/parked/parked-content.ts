import { bareCopy } from "../lib/own-members.ts";
import type { TextSealer } from "../lib/sealed-text.ts";
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

/** Encrypts what is parked, or what a `Location` holds. @returns base64url */
export function sealParked(box: TextSealer, label: readonly string[], value: ParkedContent | ParkedHandle): string {
  return box.seal(JSON.stringify(value), label);
}

/** What was sealed with this label; nothing for everything else. */
export function openParked(box: TextSealer, label: readonly string[], sealed: string): object | undefined {
  const text = box.open(sealed, label);
  return text === undefined ? undefined : bareCopy(JSON.parse(text) as object);
}
