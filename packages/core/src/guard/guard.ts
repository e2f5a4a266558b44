import { randomBytes } from "node:crypto";
import type { Bindable } from "../binding/binding.ts";
import { createSealer } from "../binding/seal.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { createMemoryLedger } from "../ledger/memory-ledger.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { systemClock, watchClock } from "../lib/clock.ts";
import { withoutThrowing } from "../lib/listener.ts";
import { createTextSealer } from "../lib/sealed-text.ts";
import { declaring } from "../options/read-options.ts";
import { type ApprovalReader, type ApprovedBy, assertPassedBehind, type Verdict } from "../outcome/approved-action.ts";
import { withDebugOutput } from "../outcome/debug-output.ts";
import type { WarningEvent } from "../outcome/events.ts";
import { evaluate } from "../pipeline/evaluate.ts";
import { replyTo } from "../pipeline/refuse.ts";
import { ConfigurationError, warningsUrl } from "../reply/errors.ts";
import { Refusal } from "../reply/refusal.ts";
import { createAddressReader } from "../request/client-address.ts";
import type { GuardRequest } from "../request/guard-request.ts";
import { createInFlight, type StopOptions, type StopReport } from "../request/in-flight.ts";
import { type GuardSettings, settleAction } from "../settings/action-settings.ts";
import {
  actionDeclaration,
  type ActionOptions,
  type AdapterOptions,
  type AdapterTerms,
  type GuardOptions,
  readActionOptions,
  readGuardOptions,
} from "../settings/guard-options.ts";
import { fallbackOf, primaryOf } from "../settings/provider-role.ts";
import { described } from "./guard-description.ts";
import {
  type ActionCall,
  createGuardedAction,
  guardedAction,
  type GuardedAction,
  type OffHttpOptions,
  settleCalls,
} from "./off-http.ts";
import { createParkedActions, type ParkedActions } from "./parked-actions.ts";
import type { RunResult } from "./run-result.ts";

/**
 * Gives a verdict on each request, and reads what it approved. Rejects with a `RequireActionError` only where the application
 * is at fault.
 */
export interface Protection<Native extends object, Approved = unknown> extends ApprovalReader<Native, Approved> {
  (request: GuardRequest<Native>): Promise<Verdict>;
  /** The same, at once where nothing has to be waited for: then it throws what it would reject with. */
  judge(request: GuardRequest<Native>): Awaitable<Verdict>;
}

/** A guard of calls off HTTP alone, which say themselves who asks. */
export type OffHttpGuard = Pick<Guard<any>, "action" | "run" | "stop" | keyof ParkedActions>;

/** The enforcement point, for adapters to build on. */
export interface Guard<Native extends object> extends ParkedActions {
  /** Declares an action on a route. Its options are checked now, by a `ConfigurationError` naming the option. */
  protect<Fields extends Bindable<Fields> = never, When extends boolean = true, Observe extends boolean = false>(
    action: string,
    options?: ActionOptions<Native, Fields, When, Observe>,
  ): Protection<Native, ApprovedBy<Fields, When, Observe>>;
  /** Protects by a declaration that was made before this guard was, as decorators are. */
  protect<Approved>(declaration: ActionDeclaration<Native, Approved>): Protection<Native, Approved>;
  /**
   * Declares an action that is done elsewhere than behind a route: by a job of a queue, a resolver, a procedure or an agent's
   * tool. Its options are checked now, by a `ConfigurationError` naming the option.
   */
  action<Observe extends boolean = false>(action: string, options?: OffHttpOptions<Observe>): GuardedAction<Observe>;
  /** Runs `work` if the action passes: `action(action).run(call, work)`. */
  run<Value, Bound extends "none" | Bindable<Bound>>(
    action: string,
    call: ActionCall<Bound>,
    work: (approved: ApprovedBy<Bound>) => Awaitable<Value>,
  ): Promise<RunResult<Value, ApprovedBy<Bound>>>;
  /**
   * Stops: what is new is refused with 503, what is under way may finish, and what has not reached its handler in time gives
   * its claim back. Resolves with what was left, `withinMs` at the latest; again with the same when called again.
   */
  stop(options?: StopOptions): Promise<StopReport>;
}

/**
 * Creates a guard. Its options are read once: changing them later changes nothing.
 * @throws ConfigurationError that names the option that is wrong
 */
export function createGuard<Native extends object>(given: GuardOptions<Native>): Guard<Native>;
/**
 * Creates a guard for calls off HTTP: `guard.run` and `guard.action(…).run`, which say themselves who asks.
 * @throws ConfigurationError that names the option that is wrong
 */
export function createGuard(given: Omit<GuardOptions<any>, "user">): OffHttpGuard;
/**
 * Creates the guard of an adapter.
 * @param adapter the name of the adapter's factory, for messages, and the options that it adds
 * @throws ConfigurationError that names the option that is wrong
 */
export function createGuard<Native extends object>(
  given: AdapterOptions<Native>,
  adapter: AdapterTerms<Native>,
): Guard<Native>;
export function createGuard<Native extends object>(
  given: AdapterOptions<Native>,
  adapter?: AdapterTerms<Native>,
): Guard<Native> {
  const options = readGuardOptions(given, adapter);
  const settings = declaring(adapter?.factory ?? "createGuard", () => settleGuard(options));
  const protectAs = (declaration: ActionDeclaration<Native>): Protection<Native> =>
    declaring(actionDeclaration(declaration.action), () => {
      const own = readActionOptions<Native>(declaration.action, declaration.options, options);
      const actionSettings = settleAction(settings, declaration, own);
      const judge = (request: GuardRequest<Native>): Awaitable<Verdict> =>
        evaluate(actionSettings, request, (evaluated, trail): Awaitable<Verdict> =>
          evaluated instanceof Refusal
            ? replyTo(actionSettings, request, evaluated, trail)
            : { kind: "proceed", approved: evaluated },
        );
      const protect = async (request: GuardRequest<Native>): Promise<Verdict> => judge(request);
      return Object.assign(described(actionSettings, protect), { judge, approved: declaration.approved });
    });
  return {
    protect: (action: string | ActionDeclaration<Native>, own?: ActionOptions<Native>): Protection<Native, any> =>
      protectAs(isDeclaration(action) ? action : declareAction(action, own)),
    action: (action, own) => createGuardedAction(settings, action, own),
    run: async (action, call, work) => createGuardedAction(settings, action).run(call, work),
    stop: (stopOptions) => settings.inFlight.stop(stopOptions),
    ...createParkedActions(settings, {
      settle: (action) => settleCalls(settings, action, { claim: "handler" }),
      run: (actionSettings, call, work) => guardedAction(actionSettings, false).run(call, work),
    }),
  };
}

function isDeclaration<Native extends object>(
  given: string | ActionDeclaration<Native>,
): given is ActionDeclaration<Native> {
  return typeof given === "object" && given !== null;
}

function settleGuard<Native extends object>(options: AdapterOptions<Native>): GuardSettings<Native> {
  const primary = primaryOf(options);
  const fallback = fallbackOf(options.onUnavailable, options);
  const emit = withDebugOutput(options.on && withoutThrowing(options.on));
  const warn = (code: WarningEvent["code"], message: string): void => {
    process.emitWarning(message, { type: "RequireActionWarning", code, detail: `See ${warningsUrl}` });
    emit?.({ type: "warning", code, message, helpUrl: warningsUrl });
  };
  const clock = watchClock(options.clock ?? systemClock, warn);
  const secrets = options.sealSecrets ?? [randomSecret(warn)];
  if (!options.ledger) {
    warn(
      "RA_MEMORY_LEDGER",
      "Used approvals are remembered by this process only. With several processes, or to survive a restart, give the guard a shared ledger.",
    );
  }
  const ledger = options.ledger ?? createMemoryLedger({ clock });
  reportFailedChecks(ledger, emit);
  return {
    options,
    primary,
    fallback,
    ledger,
    sealer: createSealer(secrets, clock),
    box: createTextSealer(secrets, "require-action parked v1"),
    parkedPath: options.parkedPath,
    clock,
    emit,
    longestAges: new Map(),
    claimedBy: new Map(),
    readAddress: createAddressReader(warn),
    inFlight: createInFlight(),
  };
}

/** The ledger has made process warnings of them, which no listener hears. */
function reportFailedChecks({ name, failedChecks = [] }: Ledger, emit: GuardSettings<object>["emit"]): void {
  if (failedChecks.length === 0) return;
  const message = `The ledger ${name} failed start-up checks that its options set to warn: ${failedChecks.join(", ")}.`;
  emit?.({ type: "warning", code: "RA_LEDGER_WEAKENED", message, helpUrl: warningsUrl });
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

/** An action as a route declares it. */
export interface ActionDeclaration<Native extends object, Approved = unknown> extends ApprovalReader<Native, Approved> {
  readonly action: string;
  /** Read, and checked, by the guard that protects the action. */
  readonly options: ActionOptions<any, any> | undefined;
}

/** Declares an action before there is a guard to protect it, as a decorator has to. */
export function declareAction<
  Native extends object,
  Fields extends Bindable<Fields> = never,
  When extends boolean = true,
  Observe extends boolean = false,
>(
  action: string,
  options?: ActionOptions<Native, Fields, When, Observe>,
): ActionDeclaration<Native, ApprovedBy<Fields, When, Observe>> {
  const declaration: ActionDeclaration<Native, any> = {
    action,
    options,
    approved: (request) => assertPassedBehind(declaration, request),
  };
  return Object.freeze(declaration);
}
