import type { ActionSettings } from "../settings/action-settings.ts";
import { type GuardRequest, readActionToken } from "../request/guard-request.ts";
import { type ApprovedAction, approvedAction } from "../outcome/approved-action.ts";
import { proceed, refuseIfGone, type RequestContext, startTrail, type Trail } from "./request-context.ts";
import { decide } from "./decide.ts";
import { errorCatalog, RequireActionError } from "../reply/errors.ts";
import { isUnparsedError } from "../binding/binding.ts";
import { isPromiseLike } from "../lib/awaitable.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { resolveBinding, resolveSession, resolveUser, resolveWhen } from "./resolvers.ts";
import { verify } from "./verify.ts";

/**
 * Evaluates whether a request may go on, and returns what `conclude` makes of that. Rejects with a `RequireActionError` when
 * the application is at fault.
 */
export async function evaluate<Native extends object, Outcome>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  conclude: (evaluated: ApprovedAction | Refusal) => Outcome,
): Promise<Outcome> {
  const trail = startTrail(settings);
  try {
    settings.inFlight.enter(request);
    const earlier = approvedAction(request.native, settings.action);
    const approved = await passOrPassBodiless(settings, request, trail);
    const refusal = settings.observe ? undefined : refuseIfTooLate(settings, request);
    if (refusal) {
      // Behind an earlier guard of the action, what it approved may have been done already.
      const isOwn = earlier?.actionId === undefined || earlier.actionId !== approved.actionId;
      // A failure is emitted as an event, and the approval is lost.
      if (isOwn) await approved.release().catch(() => {});
      throw refusal;
    }
    emitProceed(approved, trail);
    return conclude(approved);
  } catch (error) {
    const refusal = emitStop(error, trail);
    if (settings.observe) {
      const observed = proceed({ settings, request, trail }, "observed");
      emitProceed(observed, trail);
      return conclude(observed);
    }
    if (refusal) return conclude(refusal);
    throw asFault(error);
  } finally {
    settings.inFlight.evaluated();
  }
}

/** The refusal of a request that has passed, and has come too late for its handler. */
function refuseIfTooLate<Native extends object>(
  { inFlight }: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Refusal | undefined {
  return inFlight.isOver ? unavailable("the guard has stopped") : refuseIfGone(request);
}

/** What is announced and has no bytes is no body (RFC 9112 section 6.3), which is seen only when it is waited for. */
async function passOrPassBodiless<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Promise<ApprovedAction> {
  try {
    return await pass(settings, request, trail);
  } catch (error) {
    const { isEmpty } = request.body;
    // Nothing has been asked of anybody yet, so that all of it can be done anew.
    if (isEmpty === undefined || request.body.read || !isUnparsedError(error)) throw error;
    if (!(await isEmpty(AbortSignal.timeout(settings.decisionDeadlineMs)))) throw error;
    return pass(settings, { ...request, body: { sent: false, read: true, value: undefined } }, trail);
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
    return proceed({ settings, request, trail }, "not_required");
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
  const context: RequestContext<Native> = { settings, request, subject, binding, trail };
  return await (token === undefined ? decide(context) : verify(context, token));
}

function emitProceed({ ground, binding, verificationMethod, failedOpen }: ApprovedAction, trail: Trail): void {
  trail.emit({ type: "proceed", ground, binding, verificationMethod, failedOpen });
}

/** Emits why the request stops here. Returns the refusal, or `undefined` when the application is at fault. */
function emitStop(error: unknown, trail: Trail): Refusal | undefined {
  if (error instanceof Refusal) {
    const { code, reason, options } = error;
    const status = options.status ?? errorCatalog[code].status;
    trail.emit({ type: "refusal", code, reason, status, ...(options.cause !== undefined && { cause: options.cause }) });
    return error;
  }
  const { code, message, cause } = asFault(error);
  trail.emit({ type: "failure", source: "resolver", code, reason: message, ...(cause !== undefined && { cause }) });
  return undefined;
}

function asFault(error: unknown): RequireActionError {
  return error instanceof RequireActionError ? error : new RequireActionError("resolver_failed", { cause: error });
}
