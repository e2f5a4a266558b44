import type { ActionSettings } from "../settings/action-settings.ts";
import { type GuardRequest, readActionToken } from "../request/guard-request.ts";
import { type ApprovedAction, approvedAction, isApproval, passedBefore } from "../outcome/approved-action.ts";
import { proceed, refuseIfGone, type RequestContext, startTrail, type Trail } from "./request-context.ts";
import { actionDeclaration } from "../settings/guard-options.ts";
import { decide } from "./decide.ts";
import { parkReviewed } from "./park.ts";
import { ConfigurationError, errorCatalog, type ErrorCode, RequireActionError } from "../reply/errors.ts";
import { isUnparsedError } from "../binding/binding.ts";
import { type Awaitable, isPromiseLike } from "../lib/awaitable.ts";
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
  conclude: (evaluated: ApprovedAction | Refusal, trail: Trail) => Awaitable<Outcome>,
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
    return conclude(approved, trail);
  } catch (error) {
    const refusal = emitStop(error, trail);
    if (settings.observe) {
      const observed = proceed({ settings, request, trail }, "observed");
      emitProceed(observed, trail);
      return conclude(observed, trail);
    }
    if (refusal) return conclude(refusal, trail);
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
  const before = settings.observe ? undefined : passedBefore(request.native, settings.action);
  // Observing stops nothing, so no client was ever asked for a token. Behind an approval of another action, it is that one's.
  const token = settings.observe || (before && isApproval(before)) ? undefined : readActionToken(request);
  const bound = resolveBinding(settings, request);
  const binding = isPromiseLike(bound) ? await bound : bound;
  trail.binding = binding;
  const subject = { userId, action: settings.action, session };
  const context: RequestContext<Native> = { settings, request, subject, binding, trail };
  try {
    if (token !== undefined) return await verify(context, token);
    return await (before ? decideBehind(context, before) : decide(context));
  } catch (error) {
    throw settings.park === undefined ? error : await parkReviewed(context, error);
  }
}

/** Decides on an action behind another one: whatever approval the request comes with again, it is for one of the two. */
async function decideBehind<Native extends object>(
  context: RequestContext<Native>,
  { action: before }: ApprovedAction,
): Promise<ApprovedAction> {
  try {
    return await decide(context);
  } catch (error) {
    if (!(error instanceof Refusal) || !ASKING.has(error.code)) throw error;
    throw new ConfigurationError(
      "action",
      `asks for an approval behind the guard of ${before}, and a request brings one approval, for one action: declare a single action on the route, or tell them apart by when`,
      actionDeclaration(context.settings.action),
    );
  }
}

/** How a guard asks for the request to come again with an approval. */
const ASKING: ReadonlySet<string> = new Set<ErrorCode>(["challenge_required", "review_required"]);

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
