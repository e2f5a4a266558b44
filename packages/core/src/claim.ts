import { randomBytes } from "node:crypto";
import { type ApprovedAction, forgetPassed } from "./approved-action.ts";
import { approve, type Attempt } from "./attempt.ts";
import { DeadlineExceeded, withDeadline } from "./deadline.ts";
import { RequireActionError } from "./errors.ts";
import { Refusal } from "./refusal.ts";
import { fingerprint } from "./seal.ts";
import { unavailable } from "./unavailable.ts";

/** A claim outlives its approval by this much, so that a process whose clock is behind still finds it. */
const CLAIM_MARGIN_MS = 60_000;

/** An approval that has been verified, and is not used up yet. */
export interface VerifiedApproval {
  readonly ground: "challenge" | "review";
  readonly sealedKey: string;
  /** In milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly verificationMethod: string | undefined;
}

/** Who claims on a request. Two guards of one route share it, so that the second finds the first one's claim its own. */
interface Claimant {
  readonly owner: string;
  /** The keys that it has won. */
  readonly held: Set<string>;
}

const claimants = new WeakMap<object, Claimant>();

/** Uses an approval up, in one step of the ledger, before the handler runs. Refuses when it has been used before. */
export async function claimApproval<Native extends object>(
  attempt: Attempt<Native>,
  { ground, sealedKey, issuedAt, verificationMethod }: VerifiedApproval,
): Promise<ApprovedAction> {
  const { settings, request, trail } = attempt;
  if (request.closed()) throw new Refusal("client_disconnected", "the client went away before its approval was used");
  const key = fingerprint(sealedKey);
  const claimant = claimantOf(request.native);
  // Another route of the same action may accept the approval for longer than this one.
  const lastsUntil = issuedAt + settings.longestAges.get(settings.action)![ground] + CLAIM_MARGIN_MS;
  const startedAt = performance.now();
  const won = await claim(attempt, key, claimant, lastsUntil - settings.clock.now());
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
    const error = asLedgerError(thrown, ledger.name);
    trail.tell({ type: "failure", source: "ledger", code: error.code, reason: error.message });
    throw unavailable(error.message);
  }
}

async function release<Native extends object>(
  { settings, request, trail }: Attempt<Native>,
  key: string,
  { owner, held }: Claimant,
): Promise<void> {
  const { ledger, ledgerDeadlineMs, action } = settings;
  forgetPassed(request.native, action);
  held.delete(key);
  try {
    await withDeadline(ledgerDeadlineMs, () => ledger.release(key, owner));
  } catch (thrown) {
    const error = asLedgerError(thrown, ledger.name);
    trail.tell({ type: "failure", source: "ledger", code: error.code, reason: error.message });
    throw error;
  }
  trail.tell({ type: "release", ledger: ledger.name });
}

function claimantOf(native: object): Claimant {
  const known = claimants.get(native);
  if (known) return known;
  const claimant = { owner: randomBytes(16).toString("base64url"), held: new Set<string>() };
  claimants.set(native, claimant);
  return claimant;
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
