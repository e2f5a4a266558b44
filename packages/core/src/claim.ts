import type { ActionSettings } from "./action-settings.ts";
import { type ApprovedAction, forgetPassed } from "./approved-action.ts";
import { approve, type Attempt } from "./attempt.ts";
import { type Claimant, claimantOf } from "./claimant.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import { RequireActionError } from "./errors.ts";
import { Refusal } from "./refusal.ts";
import { fingerprint } from "./seal.ts";
import type { Trail } from "./trail.ts";
import { unavailable } from "./unavailable.ts";

/** A claim outlives its approval by this much, so that a process whose clock is behind still finds it. */
export const CLAIM_MARGIN_MS = 60_000;

/** An approval that has been verified, and is not used up yet. */
export interface VerifiedApproval {
  readonly ground: "challenge" | "review";
  readonly sealedKey: string;
  /** In milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly verificationMethod: string | undefined;
}

/** When the claim of an approval ends: another route of the same action may accept it for longer than this one. */
export function claimEndsAt<Native extends object>(
  { action, longestAges }: ActionSettings<Native>,
  { ground, issuedAt }: VerifiedApproval,
): number {
  const longest = longestAges.get(action)!;
  longest.hasClaims = true;
  return issuedAt + longest[ground] + CLAIM_MARGIN_MS;
}

/** Uses an approval up, in one step of the ledger, before the handler runs. Refuses when it has been used before. */
export async function claimApproval<Native extends object>(
  attempt: Attempt<Native>,
  approval: VerifiedApproval,
): Promise<ApprovedAction> {
  const { settings, request, trail } = attempt;
  const { ground, sealedKey, verificationMethod } = approval;
  const key = fingerprint(sealedKey);
  const claimant = claimantOf(request.native);
  const startedAt = performance.now();
  const won = await claim(attempt, key, claimant, claimEndsAt(settings, approval) - settings.clock.now());
  trail.tell({ type: "claim", ledger: settings.ledger.name, won, durationMs: performance.now() - startedAt });
  if (!won) throw new Refusal("action_token_used", "the approval has been used before");
  claimant.held.add(key);
  return approve(attempt, ground, { verificationMethod, release: () => release(attempt, key, claimant) });
}

async function claim<Native extends object>(
  { settings, trail }: Attempt<Native>,
  key: string,
  { owner, held }: Claimant,
  ttlMs: number,
): Promise<boolean> {
  const { ledger, ledgerDeadlineMs } = settings;
  const claimOnce = async (): Promise<boolean> => {
    const won: unknown = await ledger.claim(key, owner, ttlMs);
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
    return await withDeadline(ledgerDeadlineMs, () => claimOnce().catch(claimOnce), { onLate: abandonQuietly });
  } catch (thrown) {
    abandonQuietly();
    throw unavailable(tellLedgerFailure(trail, ledger.name, thrown).message);
  }
}

async function release<Native extends object>(
  { settings, request, trail }: Attempt<Native>,
  key: string,
  { owner, held }: Claimant,
): Promise<void> {
  const { ledger, ledgerDeadlineMs, action, inFlight } = settings;
  forgetPassed(request.native, action);
  held.delete(key);
  try {
    await withDeadline(ledgerDeadlineMs, () => ledger.release(key, owner));
  } catch (thrown) {
    throw tellLedgerFailure(trail, ledger.name, thrown);
  }
  trail.tell({ type: "release", ledger: ledger.name });
  if (inFlight.isOver) inFlight.gaveBack();
}

/** Tells that a ledger failed, and answers with an error that says no more than events may. */
export function tellLedgerFailure(trail: Trail, ledger: string, thrown: unknown): RequireActionError {
  const error = asLedgerError(thrown, ledger);
  trail.tell({ type: "failure", source: "ledger", code: error.code, reason: error.message });
  return error;
}

/** A client library's error may name hosts and users; only its kind is told. */
function asLedgerError(thrown: unknown, ledger: string): RequireActionError {
  if (thrown instanceof RequireActionError && thrown.code === "ledger_unavailable") return thrown;
  const what =
    thrown instanceof DeadlineExceeded
      ? thrown.message
      : `threw ${thrown instanceof Error ? thrown.name : typeof thrown}`;
  return new RequireActionError("ledger_unavailable", { detail: `${ledger}: ${what}` });
}
