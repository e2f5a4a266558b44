import { claimTtl, type VerifiedApproval } from "./approval-times.ts";
import { type ApprovedAction, forgetPassed } from "../outcome/approved-action.ts";
import { proceed, type RequestContext } from "./request-context.ts";
import { type ClaimOwner, claimOwnerOf } from "./claim-owner.ts";
import { isForgotten, reportLedgerFailure } from "./ledger-failure.ts";
import { withDeadline } from "../lib/deadline.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { fingerprint } from "../binding/seal.ts";

/** Uses an approval up, in one step of the ledger, before the handler runs. Refuses when it has been used before. */
export async function claimApproval<Native extends object>(
  context: RequestContext<Native>,
  approval: VerifiedApproval,
): Promise<ApprovedAction> {
  const { settings, request, trail } = context;
  const { ground, sealedKey, verificationMethod } = approval;
  const key = fingerprint(sealedKey);
  const claimOwner = claimOwnerOf(request.native);
  const startedAt = performance.now();
  const won = await claim(context, key, claimOwner, approval);
  trail.emit({ type: "claim", ledger: settings.ledger.name, won, durationMs: performance.now() - startedAt });
  if (!won) throw new Refusal("action_token_used", "the approval has been used before");
  claimOwner.held.add(key);
  return proceed(context, ground, { verificationMethod, release: () => release(context, key, claimOwner) });
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
  const abandonQuietly = (): void => void abandon().catch(() => {});
  try {
    // An error may hide a claim that was made: asking once more with the same owner finds it.
    const claimAgain = (error: unknown): Promise<boolean> => {
      if (isForgotten(error)) throw error;
      return claimOnce();
    };
    return await withDeadline(ledgerDeadlineMs, () => claimOnce().catch(claimAgain), { onLate: abandonQuietly });
  } catch (thrown) {
    if (isForgotten(thrown)) throw new Refusal("action_token_expired", `${ledger.name}: ${FORGOTTEN}`);
    abandonQuietly();
    throw unavailable(reportLedgerFailure(trail, ledger.name, thrown).message);
  }
}

async function release<Native extends object>(
  { settings, request, trail }: RequestContext<Native>,
  key: string,
  { owner, held }: ClaimOwner,
): Promise<void> {
  const { ledger, ledgerDeadlineMs, action, inFlight } = settings;
  forgetPassed(request.native, action);
  held.delete(key);
  try {
    await withDeadline(ledgerDeadlineMs, () => ledger.release(key, owner));
  } catch (thrown) {
    throw reportLedgerFailure(trail, ledger.name, thrown);
  }
  trail.emit({ type: "release", ledger: ledger.name });
  if (inFlight.isOver) inFlight.gaveBack();
}
