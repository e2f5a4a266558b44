import { EngineError } from "../lib/engine-error.ts";
import { withinTime } from "../lib/abortable.ts";
import type { ActionKey } from "../store/records.ts";

/** A challenge that is about to succeed. */
export interface PendingApproval extends ActionKey {
  readonly at: number;
  readonly verificationMethod?: string;
  readonly userAuthenticatorId?: string;
}

/** Asked before each challenge succeeds: it does only for `true`. What it throws is no answer, and nothing is approved. */
export type BeforeApproval = (approval: PendingApproval, signal: AbortSignal) => boolean | Promise<boolean>;

/**
 * Asks, for no longer than `timeoutMs`.
 * @throws EngineError `approval_refused` for anything but `true`, `lookup_failed` where there is no answer
 */
export async function passGate(ask: BeforeApproval, approval: PendingApproval, timeoutMs: number): Promise<void> {
  let answer: unknown;
  try {
    answer = await withinTime(timeoutMs, (signal) => ask(approval, signal));
  } catch {
    throw new EngineError("lookup_failed", "Whether the challenge may succeed could not be asked. Try again.");
  }
  if (answer !== true) throw new EngineError("approval_refused", "The application refused this challenge.");
}
