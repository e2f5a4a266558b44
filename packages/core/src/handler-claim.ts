import { type ApprovedAction, forgetPassed } from "./approved-action.ts";
import { approve, type Attempt } from "./attempt.ts";
import { ClaimRefused } from "./claim-refused.ts";
import { CLAIM_MARGIN_MS, claimEndsAt, tellLedgerFailure, type VerifiedApproval } from "./claim.ts";
import { claimantOf } from "./claimant.ts";
import { RequireActionError } from "./errors.ts";
import type { ClaimingLedger } from "./ledger.ts";
import { inStep } from "./in-step.ts";
import { fingerprint } from "./seal.ts";
import { warnUnclaimed } from "./unclaimed-warning.ts";

/**
 * Leaves it to the handler to use an approval up, in the transaction that does what was approved. Any number of requests may
 * reach their handlers with one approval; the ledger lets one of their transactions claim it.
 */
export function leaveClaim<Native extends object>(
  attempt: Attempt<Native>,
  approval: VerifiedApproval,
): ApprovedAction {
  const { settings, request, trail } = attempt;
  const { ground, sealedKey, issuedAt, verificationMethod } = approval;
  const key = fingerprint(sealedKey);
  const { owner, held } = claimantOf(request.native);
  let isGivenBack = false;

  const ask = (ledger: ClaimingLedger): unknown => {
    if (isGivenBack) {
      throw new RequireActionError("action_not_passed", { detail: `${settings.action} was released on this request` });
    }
    // Handlers may take their time: past its age, an approval might be claimed again after its first claim has ended.
    const now = settings.clock.now();
    if (!(now - issuedAt < settings.maxAges[ground])) {
      throw new ClaimRefused("action_token_expired");
    }
    return ledger.claim(key, owner, claimEndsAt(settings, approval) - now);
  };
  const claim = (ledger: ClaimingLedger): void | Promise<void> => {
    const startedAt = performance.now();
    const conclude = (won: unknown): void => {
      if (typeof won !== "boolean") throw new TypeError("the ledger answered something else than a boolean");
      trail.tell({ type: "claim", ledger: ledger.name, won, durationMs: performance.now() - startedAt });
      if (!won) throw new ClaimRefused("action_token_used");
      // Whoever waited for another's transaction until that one's claim had ended, too, wins what has been used.
      if (!(claimEndsAt(settings, approval) - settings.clock.now() > CLAIM_MARGIN_MS / 2)) {
        throw new ClaimRefused("action_token_expired");
      }
      held.add(key);
    };
    const fail = (error: unknown): never => {
      // The transaction is the handler's, so the error is too: it may have to know what its database said.
      if (!(error instanceof ClaimRefused) && !isGivenBack) tellLedgerFailure(trail, ledger.name, error);
      throw error;
    };
    return inStep(ledger, () => ask(ledger), conclude, fail);
  };
  const release = async (): Promise<void> => {
    isGivenBack = true;
    forgetPassed(request.native, settings.action);
  };

  request.whenEnded((status) => {
    if (!isSuccess(status) || held.has(key) || isGivenBack) return;
    trail.tell({ type: "unclaimed", status });
    warnUnclaimed(settings.action);
  });
  return approve(attempt, ground, { verificationMethod, claim: claim as ApprovedAction["claim"], release });
}

/** A redirect is how a handler of forms says that all went well. */
function isSuccess(status: number | undefined): status is number {
  return status !== undefined && status >= 200 && status < 400;
}
