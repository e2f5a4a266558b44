import { randomBytes } from "node:crypto";
import { type ActionSettings, type GuardSettings, settleAction } from "./action-settings.ts";
import { readActionToken } from "./action-token.ts";
import { approve, type Attempt } from "./attempt.ts";
import type { ApprovedAction } from "./approved-action.ts";
import { systemClock } from "./clock.ts";
import { decide } from "./decide.ts";
import { ConfigurationError, errorCatalog, RequireActionError } from "./errors.ts";
import { quietly, type WarningEvent } from "./events.ts";
import { type ActionOptions, assertActionOptions, assertGuardOptions, type GuardOptions } from "./guard-options.ts";
import { described } from "./guard-description.ts";
import type { GuardRequest } from "./guard-request.ts";
import { createMemoryLedger } from "./memory-ledger.ts";
import { isPromiseLike } from "./promise-like.ts";
import { Refusal, renderRefusal } from "./refusal.ts";
import { resolveBinding, resolveSession, resolveUser, resolveWhen } from "./resolve.ts";
import { createSealer } from "./seal.ts";
import { startTrail, type Trail } from "./trail.ts";
import type { Verdict } from "./verdict.ts";
import { verify } from "./verify.ts";

/** The enforcement point, for adapters to build on. */
export interface Guard<Native extends object> {
  /**
   * Declares an action on a route. Its options are checked now, by a `ConfigurationError` naming the option. The answer
   * gives a verdict on each request; it rejects with a `RequireActionError` only where the application is at fault.
   */
  protect(action: string, options?: ActionOptions<Native>): (request: GuardRequest<Native>) => Promise<Verdict>;
}

/** Creates a guard. Throws a `ConfigurationError` naming the option that is wrong. */
export function createGuard<Native extends object>(options: GuardOptions<Native>): Guard<Native> {
  assertGuardOptions(options);
  const settings = settleGuard(options);
  return {
    protect(action, own = {}) {
      assertActionOptions(action, own, options);
      const actionSettings = settleAction(settings, action, own);
      return described(actionSettings, (request: GuardRequest<Native>) => judge(actionSettings, request));
    },
  };
}

function settleGuard<Native extends object>(options: GuardOptions<Native>): GuardSettings<Native> {
  const { provider, clock = systemClock } = options;
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
  return { options, provider, ledger, sealer, clock, emit, longestAges: new Map() };
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

async function judge<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Promise<Verdict> {
  const trail = startTrail(settings);
  try {
    return { kind: "proceed", approved: await pass(settings, request, trail) };
  } catch (error) {
    const refusal = tellStop(error, trail);
    if (settings.observe) return { kind: "proceed", approved: approve({ settings, request, trail }, "observed") };
    if (refusal) return renderRefusal(refusal);
    throw asFault(error);
  }
}

async function pass<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Promise<ApprovedAction> {
  // Awaited only where there is something to wait for: each `await` costs as much as a resolver does.
  const required = resolveWhen(settings, request);
  if (!(isPromiseLike(required) ? await required : required)) {
    return approve({ settings, request, trail }, "not_required");
  }
  const user = resolveUser(settings, request);
  const userId = isPromiseLike(user) ? await user : user;
  trail.userId = userId;
  const givenSession = resolveSession(settings, request);
  const session = isPromiseLike(givenSession) ? await givenSession : givenSession;
  // Observing stops nothing, so no client was ever asked for a token.
  const token = settings.observe ? undefined : readActionToken(request);
  const bound = resolveBinding(settings, request);
  const binding = isPromiseLike(bound) ? await bound : bound;
  trail.binding = binding;
  const subject = { userId, action: settings.action, session };
  const attempt: Attempt<Native> = { settings, request, subject, binding, trail };
  return token === undefined ? decide(attempt) : verify(attempt, token);
}

/** Tells why the request stops here. Answers the refusal, or `undefined` when the application is at fault. */
function tellStop(error: unknown, trail: Trail): Refusal | undefined {
  if (error instanceof Refusal) {
    const { code, reason, options } = error;
    const status = options.status ?? errorCatalog[code].status;
    trail.tell({ type: "refusal", code, reason, status, ...(options.cause !== undefined && { cause: options.cause }) });
    return error;
  }
  const { code, message, cause } = asFault(error);
  trail.tell({ type: "failure", source: "resolver", code, reason: message, ...(cause !== undefined && { cause }) });
  return undefined;
}

function asFault(error: unknown): RequireActionError {
  return error instanceof RequireActionError ? error : new RequireActionError("resolver_failed", { cause: error });
}
