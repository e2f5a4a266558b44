import { fingerprint } from "../binding/sealed-key.ts";
import { withDeadline } from "../lib/deadline.ts";
import type { ParkedContent, ParkedHandle } from "../parked/parked-content.ts";
import { handleLabel, jobLabel, sealParked } from "../parked/parked-content.ts";
import type { ParkedQueue } from "../parked/parked-queue.ts";
import { RequireActionError } from "../reply/errors.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { LONGEST_DECISION_MS } from "./approval-times.ts";
import type { RequestContext } from "./request-context.ts";

/** No review is decided sooner than a person can read it. */
const FIRST_LOOK_MS = 1_000;

/**
 * What stops a request, once its action is parked where that is a review: nobody is told that an action runs by itself before it is
 * kept. Parking it again, for a client that asks again, changes nothing.
 */
export async function parkReviewed<Native extends object>(
  context: RequestContext<Native>,
  error: unknown,
): Promise<unknown> {
  const { park, observe } = context.settings;
  if (park === undefined || observe || !(error instanceof Refusal) || error.code !== "review_required") return error;
  const sealedKey = error.members["idempotencyKey"] as string;
  await keep(context, park, sealedKey);
  return new Refusal(
    error.code,
    error.reason,
    { ...error.members, message: "The action is under review, and runs by itself once it is approved.", parked: true },
    { ...error.options, headers: { ...error.options.headers, ...locationOf(context, sealedKey) } },
  );
}

async function keep<Native extends object>(
  { settings, subject, binding, trail }: RequestContext<Native>,
  queue: ParkedQueue,
  key: string,
): Promise<void> {
  const { action, box, clock, decisionDeadlineMs, maxAges } = settings;
  const { userId: user, session } = subject;
  const now = clock.now();
  const job = {
    id: fingerprint(key),
    action,
    parkedAt: now,
    dueAt: now + FIRST_LOOK_MS,
    expiresAt: now + LONGEST_DECISION_MS + maxAges.review,
    tries: 0,
  };
  const content: ParkedContent = { user, session, key, bound: binding.fields!, maxAges };
  const sealed = sealParked(box, jobLabel(job), content);
  try {
    await withDeadline(decisionDeadlineMs, () => queue.add({ ...job, sealed }));
  } catch (thrown) {
    // A client library's error may name hosts and users; only its kind is reported.
    const kind = thrown instanceof Error ? thrown.name : typeof thrown;
    const { code, message } = new RequireActionError("queue_unavailable", { detail: `${queue.name}: ${kind}` });
    trail.emit?.({ type: "failure", source: "queue", code, reason: message });
    throw unavailable(message);
  }
  trail.emit?.({ type: "parked", queue: queue.name, step: "kept", tries: 0, waitedMs: 0 });
}

/** Where the application tells the action's user how it stands. The key is encrypted: an URL ends up in logs. */
function locationOf<Native extends object>(
  { settings, subject }: RequestContext<Native>,
  key: string,
): { readonly location: string } | undefined {
  const { action, box, clock, maxAges, parkedPath } = settings;
  if (parkedPath === undefined) return undefined;
  const { userId: user, session } = subject;
  const expiresAt = clock.now() + LONGEST_DECISION_MS + maxAges.review;
  const handle: ParkedHandle = { user, session, key, action, maxAges, expiresAt };
  return { location: `${parkedPath}/${sealParked(box, handleLabel, handle)}` };
}
