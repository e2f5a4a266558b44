import { fingerprint } from "../binding/seal.ts";
import { callLedger } from "../ledger/call-ledger.ts";
import type { ClaimingLedger } from "../ledger/ledger.ts";
import { type ApprovedAction, forgetPassed } from "../outcome/approved-action.ts";
import { ClaimRefused } from "../outcome/claim-refused.ts";
import { RequireActionError } from "../reply/errors.ts";
import { claimOwnerOf } from "./claim-owner.ts";
import { CLAIM_MARGIN_MS, claimTtl, type VerifiedApproval } from "./approval-times.ts";
import { isForgotten, reportLedgerFailure } from "./ledger-failure.ts";
import { proceed, type RequestContext } from "./request-context.ts";

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
      trail.emit({ type: "claim", ledger: ledger.name, won, durationMs: performance.now() - startedAt });
      if (!won) throw new ClaimRefused("action_token_used");
      // Whoever waited for another's transaction until that one's claim had ended, too, wins what has been used.
      if (!(settings.clock.now() < endsAt + CLAIM_MARGIN_MS / 2)) throw new ClaimRefused("action_token_expired");
      held.add(key);
    };
    const fail = (error: unknown): never => {
      if (isForgotten(error) && !(error instanceof ClaimRefused)) {
        trail.emit({ type: "claim", ledger: ledger.name, won: false, durationMs: performance.now() - startedAt });
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
    trail.emit({ type: "unclaimed", status });
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
