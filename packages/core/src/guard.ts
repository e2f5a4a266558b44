import { randomBytes } from "node:crypto";
import { type GuardSettings, settleAction } from "./action-settings.ts";
import type { ApprovedAction } from "./approved-action.ts";
import type { Awaitable } from "./awaitable.ts";
import { systemClock } from "./clock.ts";
import { fallbackOf, primaryOf } from "./decider.ts";
import { ConfigurationError } from "./errors.ts";
import { quietly, type WarningEvent } from "./events.ts";
import {
  type ActionOptions,
  assertActionOptions,
  assertGuardOptions,
  copyGuardOptions,
  type GuardOptions,
} from "./guard-options.ts";
import { described } from "./guard-description.ts";
import type { GuardRequest } from "./guard-request.ts";
import { createInFlight, type StopOptions, type StopReport } from "./in-flight.ts";
import { judge } from "./judge.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import { type ActionCall, createGuardedAction, type GuardedAction, type OffHttpOptions } from "./off-http.ts";
import { Refusal, renderRefusal } from "./refusal.ts";
import type { RunResult } from "./run-result.ts";
import { createSealer } from "./seal.ts";
import type { Verdict } from "./verdict.ts";

/** The enforcement point, for adapters to build on. */
export interface Guard<Native extends object> {
  /**
   * Declares an action on a route. Its options are checked now, by a `ConfigurationError` naming the option. The answer
   * gives a verdict on each request; it rejects with a `RequireActionError` only where the application is at fault.
   */
  protect(action: string, options?: ActionOptions<Native>): (request: GuardRequest<Native>) => Promise<Verdict>;
  /**
   * Declares an action that is done elsewhere than behind a route: by a job of a queue, a resolver, a procedure or an agent's
   * tool. Its options are checked now, by a `ConfigurationError` naming the option.
   */
  action(action: string, options?: OffHttpOptions): GuardedAction;
  /** Runs `work` if the action passes: `action(action).run(call, work)`. */
  run<Value>(
    action: string,
    call: ActionCall,
    work: (approved: ApprovedAction) => Awaitable<Value>,
  ): Promise<RunResult<Value>>;
  /**
   * Stops: what is new is refused with 503, what is under way may finish, and what has not reached its handler in time gives
   * its claim back. Resolves with what was left, `withinMs` at the latest; again with the same when called again.
   */
  stop(options?: StopOptions): Promise<StopReport>;
}

/** Creates a guard. Throws a `ConfigurationError` naming the option that is wrong. */
export function createGuard<Native extends object>(given: GuardOptions<Native>): Guard<Native> {
  assertGuardOptions(given);
  // `run` reads them at each call.
  const options = copyGuardOptions(given);
  const settings = settleGuard(options);
  return {
    protect(action, own = {}) {
      assertActionOptions(action, own, options);
      const actionSettings = settleAction(settings, action, own);
      return described(actionSettings, (request: GuardRequest<Native>) => judge(actionSettings, request, toVerdict));
    },
    action: (action, own) => createGuardedAction(settings, action, own),
    run: async (action, call, work) => createGuardedAction(settings, action).run(call, work),
    stop: (stopOptions) => settings.inFlight.stop(stopOptions),
  };
}

function toVerdict(judged: ApprovedAction | Refusal): Verdict {
  return judged instanceof Refusal ? renderRefusal(judged) : { kind: "proceed", approved: judged };
}

function settleGuard<Native extends object>(options: GuardOptions<Native>): GuardSettings<Native> {
  const { clock = systemClock } = options;
  const primary = primaryOf(options);
  const fallback = fallbackOf(options.onUnavailable, options);
  const emit = options.on && quietly(options.on);
  const warn = (code: WarningEvent["code"], message: string): void => {
    process.emitWarning(message, { type: "RequireActionWarning", code });
    emit?.({ type: "warning", code, message });
  };
  const sealer = createSealer(options.sealSecrets ?? [randomSecret(warn)], clock);
  if (!options.ledger) {
    warn(
      "RA_MEMORY_LEDGER",
      "Used approvals are remembered by this process only. With several processes, or to survive a restart, give the guard a shared ledger.",
    );
  }
  const ledger = options.ledger ?? createMemoryLedger({ clock });
  return {
    options,
    primary,
    fallback,
    ledger,
    sealer,
    clock,
    emit,
    longestAges: new Map(),
    claimedBy: new Map(),
    inFlight: createInFlight(),
  };
}

function randomSecret(warn: (code: WarningEvent["code"], message: string) => void): Buffer {
  if (process.env["NODE_ENV"] === "production") {
    throw new ConfigurationError(
      "sealSecrets",
      "must be set when NODE_ENV is production: a list of secrets of at least 32 bytes",
    );
  }
  warn(
    "RA_RANDOM_SEAL_SECRET",
    "sealSecrets is not set, so a random secret is used: approvals end with this process. Set it before production.",
  );
  return randomBytes(32);
}
