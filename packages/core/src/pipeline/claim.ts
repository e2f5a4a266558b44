import { createNonces } from "../binding/nonces.ts";
import { fingerprint } from "../binding/sealed-key.ts";
import { callLedger, type ClaimingLedger } from "../ledger/ledger.ts";
import { claimAtOnce } from "../ledger/memory-ledger.ts";
import { DeadlineExceeded, withDeadline } from "../lib/deadline.ts";
import { createPrivateNotes } from "../lib/private-notes.ts";
import { type ApprovedAction, forgetPassed } from "../outcome/approved-action.ts";
import { RequireActionError } from "../reply/errors.ts";
import { ClaimRefused, Refusal, unavailable } from "../reply/refusal.ts";
import { CLAIM_MARGIN_MS, claimTtl, type VerifiedApproval } from "./approval-times.ts";
import { type GiveBack, giveBackByStatus, whenGivenBack } from "./give-back.ts";
import { proceed, type RequestContext, type Trail } from "./request-context.ts";

/**
 * Uses an approval up, in one step of the ledger, before the handler runs. Refuses when it has been used before; where `record`, which
 * notes that it runs, refuses, the approval stays good.
 */
export async function claimApproval<Native extends object>(
  context: RequestContext<Native>,
  approval: VerifiedApproval,
  record: () => Promise<void>,
): Promise<ApprovedAction> {
  const { settings, request, trail } = context;
  const { ground, sealedKey, verificationMethod } = approval;
  const key = fingerprint(sealedKey);
  const claimOwner = claimOwnerOf(request.native);
  await whenGivenBack(key);
  const startedAt = performance.now();
  const won = await claim(context, key, claimOwner, approval);
  trail.emit?.({ type: "claim", ledger: settings.ledger.name, won, durationMs: performance.now() - startedAt });
  if (!won) throw new Refusal("action_token_used", "the approval has been used before");
  claimOwner.held.add(key);
  try {
    await record();
  } catch (error) {
    // Nothing will run on this claim. Where it cannot be given back, the approval is used.
    await release(context, key, claimOwner).catch(() => {});
    throw error;
  }
  const giveBack: GiveBack = (extra) => release(context, key, claimOwner, extra);
  giveBackByStatus(context, approval, {
    key,
    ...claimOwner,
    giveBack,
    report: (thrown) => reportLedgerFailure(trail, settings.ledger.name, thrown),
  });
  const releaseByHandler = async (): Promise<void> => {
    await giveBack();
    if (settings.inFlight.isOver) settings.inFlight.gaveBack();
  };
  return proceed(context, ground, { verificationMethod, release: releaseByHandler });
}

const FORGOTTEN = "the ledger may have forgotten a claim of this approval";

async function claim<Native extends object>(
  { settings, trail }: RequestContext<Native>,
  key: string,
  { owner, held }: ClaimOwner,
  approval: VerifiedApproval,
): Promise<boolean> {
  const { ledger, ledgerDeadlineMs } = settings;
  const claimOnce = async (): Promise<boolean> => {
    const won: unknown = await ledger.claim(key, owner, claimTtl(settings, approval), approval.approvedAt);
    if (typeof won !== "boolean") throw new TypeError("the ledger answered something else than a boolean");
    return won;
  };
  /** Nothing will run on this claim, should it have been made: whoever asks next shall find the approval unused. */
  const abandon = async (): Promise<void> => {
    if (held.has(key)) return;
    await ledger.release(key, owner);
  };
  const abandonWithoutThrowing = (): void => void abandon().catch(() => {});
  try {
    const claimNow = claimAtOnce(ledger);
    if (claimNow !== undefined) return claimNow(key, owner, claimTtl(settings, approval), approval.approvedAt);
    // An error may hide a claim that was made: asking once more with the same owner finds it.
    const claimAgain = (error: unknown): Promise<boolean> => {
      if (isForgotten(error)) throw error;
      return claimOnce();
    };
    return await withDeadline(ledgerDeadlineMs, () => claimOnce().catch(claimAgain), {
      onLate: abandonWithoutThrowing,
    });
  } catch (thrown) {
    if (isForgotten(thrown)) throw new Refusal("action_token_expired", `${ledger.name}: ${FORGOTTEN}`);
    abandonWithoutThrowing();
    throw unavailable(reportLedgerFailure(trail, ledger.name, thrown).message);
  }
}

async function release<Native extends object>(
  { settings, request, trail }: RequestContext<Native>,
  key: string,
  { owner, held }: ClaimOwner,
  extra?: Parameters<GiveBack>[0],
): Promise<void> {
  const { ledger, ledgerDeadlineMs, action } = settings;
  forgetPassed(request.native, action);
  held.delete(key);
  try {
    await withDeadline(ledgerDeadlineMs, () => ledger.release(key, owner));
  } catch (thrown) {
    throw reportLedgerFailure(trail, ledger.name, thrown);
  }
  trail.emit?.({ type: "release", ledger: ledger.name, ...extra });
}

/** Who claims on a request. Two guards of one route share it, so that the second finds the first one's claim its own. */
interface ClaimOwner {
  readonly owner: string;
  /** The keys that it has won. */
  readonly held: Set<string>;
}

const OWNER_BYTES = 16;
const writeOwner = createNonces(OWNER_BYTES);
const claimOwners = createPrivateNotes<ClaimOwner>();

/** The claim owner of a request; no other request has the same. */
function claimOwnerOf(native: object): ClaimOwner {
  const known = claimOwners.get(native);
  if (known) return known;
  const owner = Buffer.allocUnsafe(OWNER_BYTES);
  writeOwner(owner, 0);
  const claimOwner = { owner: owner.toString("base64url"), held: new Set<string>() };
  claimOwners.set(native, claimOwner);
  return claimOwner;
}

/** True for how a ledger refuses an approval whose claim it may have forgotten. Asking again would not help. */
function isForgotten(thrown: unknown): boolean {
  return thrown instanceof RequireActionError && thrown.code === "action_token_expired";
}

/** Emits the event of a ledger that failed, and returns an error that says no more than events may. */
function reportLedgerFailure(trail: Trail, ledger: string, thrown: unknown): RequireActionError {
  const error = asLedgerError(thrown, ledger);
  trail.emit?.({ type: "failure", source: "ledger", code: error.code, reason: error.message });
  return error;
}

/** A client library's error may name hosts and users; only its kind is reported. */
function asLedgerError(thrown: unknown, ledger: string): RequireActionError {
  if (thrown instanceof RequireActionError && thrown.code === "ledger_unavailable") return thrown;
  const what =
    thrown instanceof DeadlineExceeded
      ? thrown.message
      : `threw ${thrown instanceof Error ? thrown.name : typeof thrown}`;
  return new RequireActionError("ledger_unavailable", { detail: `${ledger}: ${what}` });
}

/**
 * Leaves it to the handler to use an approval up, in the transaction that does what was approved. Any number of requests may
 * reach their handlers with one approval; the ledger lets one of their transactions claim it.
 */
export function leaveClaim<Native extends object>(
  context: RequestContext<Native>,
  approval: VerifiedApproval,
): ApprovedAction {
  const { settings, request, trail } = context;
  const { ground, sealedKey, approvedAt, endsAt, verificationMethod } = approval;
  const key = fingerprint(sealedKey);
  const { owner, held } = claimOwnerOf(request.native);
  let isGivenBack = false;

  const ask = (ledger: ClaimingLedger): unknown => {
    if (isGivenBack) {
      throw new RequireActionError("action_not_passed", { detail: `${settings.action} was released on this request` });
    }
    // Handlers may take their time: past its age, an approval might be claimed again after its first claim has ended.
    if (!(settings.clock.now() < endsAt)) throw new ClaimRefused("action_token_expired");
    return ledger.claim(key, owner, claimTtl(settings, approval), approvedAt);
  };
  const claim = (ledger: ClaimingLedger): void | Promise<void> => {
    const startedAt = performance.now();
    const conclude = (won: unknown): void => {
      if (typeof won !== "boolean") throw new TypeError("the ledger answered something else than a boolean");
      trail.emit?.({ type: "claim", ledger: ledger.name, won, durationMs: performance.now() - startedAt });
      if (!won) throw new ClaimRefused("action_token_used");
      // Whoever waited for another's transaction until that one's claim had ended, too, wins what has been used.
      if (!(settings.clock.now() < endsAt + CLAIM_MARGIN_MS / 2)) throw new ClaimRefused("action_token_expired");
      held.add(key);
    };
    const fail = (error: unknown): never => {
      if (isForgotten(error) && !(error instanceof ClaimRefused)) {
        trail.emit?.({ type: "claim", ledger: ledger.name, won: false, durationMs: performance.now() - startedAt });
        throw new ClaimRefused("action_token_expired");
      }
      // The transaction is the handler's, so the error is too: it may have to know what its database said.
      if (!(error instanceof ClaimRefused) && !isGivenBack) reportLedgerFailure(trail, ledger.name, error);
      throw error;
    };
    return callLedger(ledger, () => ask(ledger), conclude, fail);
  };
  const release = async (): Promise<void> => {
    isGivenBack = true;
    forgetPassed(request.native, settings.action);
  };

  request.whenEnded((status) => {
    if (!isSuccess(status) || held.has(key) || isGivenBack) return;
    trail.emit?.({ type: "unclaimed", status });
    warnUnclaimed(settings.action);
  });
  return proceed(context, ground, { verificationMethod, claim: claim as ApprovedAction["claim"], release });
}

/** A redirect is how a handler of forms says that all went well. */
function isSuccess(status: number | undefined): status is number {
  return status !== undefined && status >= 200 && status < 400;
}

const warned = new Set<string>();

/** Warns that a handler has not claimed its approval: once for each action, as every such request is an event anyway. */
function warnUnclaimed(action: string): void {
  if (warned.has(action)) return;
  warned.add(action);
  process.emitWarning(
    `A handler of ${action} answered well without having claimed its approval, which can be used again. Call approvedAction(…).claim(ledger) in the transaction that does what was approved.`,
    { type: "RequireActionWarning", code: "RA_APPROVAL_UNCLAIMED" },
  );
}
