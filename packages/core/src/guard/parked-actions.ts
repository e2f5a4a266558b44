import { fingerprint } from "../binding/sealed-key.ts";
import { withDeadline } from "../lib/deadline.ts";
import { handleLabel, openParked, type ParkedHandle } from "../parked/parked-content.ts";
import type { ParkedDisposition } from "../parked/parked-queue.ts";
import { timesOf } from "../pipeline/approval-times.ts";
import { startTrail } from "../pipeline/request-context.ts";
import { type Evidence, lookUpAction } from "../pipeline/verify.ts";
import { RequireActionError } from "../reply/errors.ts";
import { Refusal } from "../reply/refusal.ts";
import { type ActionSettings, type GuardSettings, withAges } from "../settings/action-settings.ts";
import type { ActionCall } from "./off-http.ts";
import { type CallPipeline, type ParkedDelivered, type ParkedWork, runDelivered } from "./parked-run.ts";

/**
 * A parked action as its user is shown it. The states are those of AuthZEN's access requests, and `executed`, to which `approved`
 * goes over once the action has run; where the guard's ledger cannot tell, it stays `approved`.
 * @see https://mcguinness.github.io/draft-mcguinness-authzen-access-request/draft-mcguinness-authzen-access-request.html#section-11.1
 */
export interface ParkedTask {
  readonly task: {
    /** The action's id, as in events. */
    readonly id: string;
    readonly status: "pending" | "approved" | "executed" | "denied" | "expired" | "cancelled";
    /** ISO 8601. From then on nothing is known of it. */
    readonly expires_at: string;
  };
}

/** What a guard does about actions that wait in a queue for their review. */
export interface ParkedActions {
  /**
   * Verifies one delivery of a parked action as a client's own repeat would be, and runs its work if it is approved by now. Resolves
   * to what becomes of the job: an undecided one, and one that could not be run, comes again later; a refused one is over. Never
   * rejects.
   * @param workOf Returns the work of an action; nothing for one that this worker does not do.
   */
  runParked(delivered: ParkedDelivered, workOf: (action: string) => ParkedWork | undefined): Promise<ParkedDisposition>;
  /**
   * Resolves to how a parked action stands; to nothing where `handle`, the end of the 202's `Location`, is not one of this user's
   * actions. Rejects with a `RequireActionError` of status 503 where that cannot be found out.
   * @param user The signed-in user, from where the application trusts it.
   */
  parkedTask(handle: unknown, user: string | number | null | undefined): Promise<ParkedTask | undefined>;
}

/** Creates what a guard does about parked actions. */
export function createParkedActions(guard: GuardSettings<any>, { settle, run }: CallPipeline): ParkedActions {
  const known = new Map<string, ActionSettings<ActionCall>>();
  const settingsOf = (action: string): ActionSettings<ActionCall> => {
    const settings = known.get(action) ?? settle(action);
    known.set(action, settings);
    return settings;
  };
  return {
    runParked: (delivered, workOf) => runDelivered(guard, { settle: settingsOf, run }, delivered, workOf),
    async parkedTask(handle, user) {
      const opened = typeof handle === "string" ? openParked(guard.box, handleLabel, handle) : undefined;
      if (opened === undefined || user === undefined || user === null) return undefined;
      const parked = opened as ParkedHandle;
      if (parked.user !== String(user) || !(guard.clock.now() < parked.expiresAt)) return undefined;
      const status = await statusOf(withAges(settingsOf(parked.action), parked.maxAges), parked);
      if (status === undefined) return undefined;
      return { task: { id: fingerprint(parked.key), status, expires_at: new Date(parked.expiresAt).toISOString() } };
    },
  };
}

async function statusOf(
  settings: ActionSettings<ActionCall>,
  parked: ParkedHandle,
): Promise<ParkedTask["task"]["status"] | undefined> {
  const evidence = await look(settings, parked);
  switch (evidence?.state) {
    case undefined:
      return undefined;
    case "REVIEW_REQUIRED":
      return "pending";
    case "REVIEW_FAILED":
      return "denied";
    case "REVIEW_SUCCEEDED":
      if (await isExecuted(settings, parked)) return "executed";
      return isCurrent(settings, evidence!) ? "approved" : "expired";
    default:
      return "cancelled";
  }
}

/** What the provider says of the action; nothing where it does not know it. */
async function look(
  settings: ActionSettings<ActionCall>,
  { user: userId, session, action, key }: ParkedHandle,
): Promise<Evidence | undefined> {
  const trail = startTrail(settings);
  trail.userId = userId;
  try {
    return await lookUpAction({ settings, subject: { userId, action, session }, trail }, key);
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function isCurrent(settings: ActionSettings<ActionCall>, { seal, stateUpdatedAt }: Evidence): boolean {
  const now = settings.clock.now();
  return now < timesOf(settings, { ground: "review", issuedAt: seal.issuedAt, stateUpdatedAt, now }).endsAt;
}

async function isExecuted(
  { ledger, ledgerDeadlineMs }: ActionSettings<ActionCall>,
  { key }: ParkedHandle,
): Promise<boolean> {
  try {
    return (await withDeadline(ledgerDeadlineMs, () => ledger.isClaimed?.(fingerprint(key)))) === true;
  } catch {
    throw new RequireActionError("ledger_unavailable", { detail: `${ledger.name}: could not be asked` });
  }
}
