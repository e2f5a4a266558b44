import type { BoundFields } from "../binding/binding.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { ApprovedAction } from "../outcome/approved-action.ts";
import type { ParkedEvent } from "../outcome/events.ts";
import { jobLabel, openParked, type ParkedContent } from "../parked/parked-content.ts";
import { parkedJobOf } from "../parked/parked-job.ts";
import type { ParkedDisposition, ParkedJob } from "../parked/parked-queue.ts";
import { type ErrorCode, RequireActionError } from "../reply/errors.ts";
import { ClaimRefused } from "../reply/refusal.ts";
import { type ActionSettings, type GuardSettings, withAges } from "../settings/action-settings.ts";
import type { ActionCall } from "./off-http.ts";
import type { RunResult } from "./run-result.ts";

/** Carries out a parked action. It has to claim the approval in the transaction that does what was approved. */
export type ParkedWork = (approved: ApprovedAction<BoundFields, string>) => Awaitable<unknown>;

/** A delivery by a queue: whatever it has under the name of a job. */
export interface ParkedDelivered {
  /** The queue's name, for events. */
  readonly queue: string;
  readonly job: unknown;
}

/** How calls off HTTP are made. */
export interface CallPipeline {
  /** The settings of an action off HTTP whose work claims. */
  settle(action: string): ActionSettings<ActionCall>;
  run(
    settings: ActionSettings<ActionCall>,
    call: ActionCall<any>,
    work: ParkedWork,
  ): Promise<RunResult<unknown, unknown>>;
}

/** An undecided action is looked at again after a tenth of the time that it has waited: it runs soon, and many cost little. */
const WAITED_PART = 0.1;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 300_000;
/** So long after it was due, a job comes from a queue or to a worker that has stood still. */
const OVERDUE_MS = 600_000;

const MISPLACED = "this worker's clock is behind that of the route, or its provider does not know the action";

/** How one delivery went. */
type Outcome =
  | { readonly step: "executed" }
  | { readonly step: "undecided" }
  | { readonly step: "ended"; readonly code: ErrorCode; readonly reason: string }
  | { readonly step: "delayed"; readonly code?: ErrorCode; readonly reason: string; readonly cause?: unknown };

/** Runs one delivery, emits what came of it, and says what becomes of its job. */
export async function runDelivered(
  guard: GuardSettings<any>,
  pipeline: CallPipeline,
  { queue, job: delivered }: ParkedDelivered,
  workOf: (action: string) => ParkedWork | undefined,
): Promise<ParkedDisposition> {
  const job = parkedJobOf(delivered);
  // Nothing that was parked: there is nobody to tell.
  if (job === undefined) return { kind: "done" };
  const now = guard.clock.now();
  const parked = openParked(guard.box, jobLabel(job), job.sealed) as ParkedContent | undefined;
  const emit = (event: Pick<ParkedEvent, "step" | "waitedMs"> & Partial<ParkedEvent>): void =>
    guard.emit?.({
      type: "parked",
      action: job.action,
      userId: parked?.user,
      actionId: job.id,
      observed: false,
      fallback: false,
      queue,
      tries: job.tries,
      ...event,
    });
  if (now - job.dueAt > OVERDUE_MS) emit({ step: "overdue", waitedMs: now - job.dueAt });
  const outcome = await settle(guard, pipeline, job, parked, workOf);
  const { step, ...why } = outcome;
  // The clock of whoever parked it may be ahead.
  if (step !== "undecided") emit({ step, ...why, waitedMs: Math.max(now - job.parkedAt, 0) });
  return dispositionOf(job, outcome, guard.clock.now());
}

function dispositionOf(job: ParkedJob, { step }: Outcome, now: number): ParkedDisposition {
  if (step === "executed" || step === "ended") return { kind: "done" };
  const isDelayed = step === "delayed";
  const wait = isDelayed ? SHORTEST_MS * 2 ** Math.min(job.tries, 16) : (now - job.parkedAt) * WAITED_PART;
  const dueAt = Math.floor(now + Math.min(Math.max(wait, SHORTEST_MS), LONGEST_MS));
  return { kind: "again", job: { ...job, dueAt, tries: isDelayed ? job.tries + 1 : job.tries } };
}

async function settle(
  guard: GuardSettings<any>,
  pipeline: CallPipeline,
  job: ParkedJob,
  parked: ParkedContent | undefined,
  workOf: (action: string) => ParkedWork | undefined,
): Promise<Outcome> {
  if (!(guard.clock.now() < job.expiresAt)) {
    return { step: "ended", code: "action_token_expired", reason: "nobody has decided it in time" };
  }
  // Another worker may have the secret, or the work: a mistake in one deployment ends nothing.
  if (parked === undefined) {
    return {
      step: "delayed",
      code: "configuration_invalid",
      reason: "it was sealed under a secret that this worker lacks, or was changed",
    };
  }
  const work = workOf(job.action);
  if (work === undefined) {
    return { step: "delayed", code: "configuration_invalid", reason: "this worker does no such action" };
  }
  try {
    const settings = quietWhileOpen(withAges(pipeline.settle(job.action), parked.maxAges));
    const { user, session, bound, key: token } = parked;
    return outcomeOf(await pipeline.run(settings, { user, session, bound, token }, work));
  } catch (error) {
    if (error instanceof ClaimRefused) return { step: "ended", code: error.code, reason: error.detail };
    if (error instanceof RequireActionError) {
      return { step: "delayed", code: error.code, reason: error.message, cause: error };
    }
    return { step: "delayed", reason: "the work threw", cause: error };
  }
}

function outcomeOf(result: RunResult<unknown, unknown>): Outcome {
  switch (result.kind) {
    case "done":
      return { step: "executed" };
    case "review_required":
      return { step: "undecided" };
    case "refused": {
      const { code, status, message: reason } = result;
      // Its key was sealed for this very action: what is wrong is this worker's clock or provider, and another one may run it.
      if (code === "action_token_invalid") return { step: "delayed", code: "configuration_invalid", reason: MISPLACED };
      return status < 500 ? { step: "ended", code, reason } : { step: "delayed", code, reason };
    }
    default:
      return { step: "ended", code: result.kind, reason: result.message };
  }
}

/** That a review is still open is nothing to report at each look. */
function quietWhileOpen(settings: ActionSettings<ActionCall>): ActionSettings<ActionCall> {
  const { emit } = settings;
  if (emit === undefined) return settings;
  return {
    ...settings,
    emit: (event) => {
      if (event.type !== "refusal" || event.code !== "review_required") emit(event);
    },
  };
}
