import { DeadlineExceeded } from "../lib/deadline.ts";
import { RequireActionError } from "../reply/errors.ts";
import type { Trail } from "./trail.ts";

/** True for how a ledger refuses an approval whose claim it may have forgotten. Asking again would not help. */
export function isForgotten(thrown: unknown): boolean {
  return thrown instanceof RequireActionError && thrown.code === "action_token_expired";
}

/** Emits the event of a ledger that failed, and returns an error that says no more than events may. */
export function reportLedgerFailure(trail: Trail, ledger: string, thrown: unknown): RequireActionError {
  const error = asLedgerError(thrown, ledger);
  trail.emit({ type: "failure", source: "ledger", code: error.code, reason: error.message });
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
