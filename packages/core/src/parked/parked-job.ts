import * as v from "valibot";
import { isActionCode } from "../lib/ids.ts";
import { bareCopy, ownObject } from "../lib/own-members.ts";
import type { ParkedJob } from "./parked-queue.ts";

const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const jobSchema = ownObject({
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/)),
  action: v.custom<string>(isActionCode),
  parkedAt: time,
  dueAt: time,
  expiresAt: time,
  tries: time,
  sealed: v.string(),
});

/** Reads what a queue has delivered; nothing where that is no parked action. */
export function parkedJobOf(delivered: unknown): ParkedJob | undefined {
  const { success, output } = v.safeParse(jobSchema, bareCopy(delivered));
  return success ? (output as ParkedJob) : undefined;
}
