import { memberOf } from "@require-action/core/options";
import { withinTime } from "../lib/abortable.ts";
import type { ActionKey } from "../store/records.ts";

/** An action that its user has denied. */
export interface DeniedAction extends ActionKey {
  /** When, in milliseconds since the epoch. */
  readonly at: number;
  /** Where it was asked for, as `track` was told: perhaps by whoever has the user's session. */
  readonly ipAddress?: string;
  readonly userAgent?: string;
  readonly deviceId?: string;
}

/** What is to be done besides. */
export interface DenialAnswer {
  /** True to end all of the user's sessions of `engine.sessions`; by default they stay. */
  readonly endSessions?: boolean;
}

/**
 * Called once an action has failed because its user did not ask for it. The action stays so, whatever the hook does; of what it
 * answers, only `endSessions: true` counts.
 */
export type OnDeniedByUser = (
  denied: DeniedAction,
  signal: AbortSignal,
) => DenialAnswer | undefined | void | Promise<DenialAnswer | undefined | void>;

/** Asks whether the user's sessions are to end, for no longer than `timeoutMs`. Rejects where there is no answer. */
export async function asksToEndSessions(
  hook: OnDeniedByUser,
  denied: DeniedAction,
  timeoutMs: number,
): Promise<boolean> {
  const answer: unknown = await withinTime(timeoutMs, (signal) => hook(denied, signal));
  return memberOf(answer, "endSessions") === true;
}
