import type { ActionSettings } from "../settings/action-settings.ts";
import { type GuardRequest, readActionToken } from "../request/guard-request.ts";
import { type ApprovedAction, approvedAction, isApproval, passedBefore } from "../outcome/approved-action.ts";
import { proceed, refuseIfGone, type RequestContext, startTrail, type Trail } from "./request-context.ts";
import { actionDeclaration } from "../settings/guard-options.ts";
import { decide } from "./decide.ts";
import { parkReviewed } from "./park.ts";
import { ConfigurationError, errorCatalog, type ErrorCode, RequireActionError } from "../reply/errors.ts";
import { isUnparsedError } from "../binding/binding.ts";
import type { SealSubject } from "../binding/seal.ts";
import { type Awaitable, orElse, settle, whenSettled } from "../lib/awaitable.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { resolveBinding, resolveSession, resolveUser, resolveWhen } from "./resolvers.ts";
import { verify } from "./verify.ts";

/**
 * Evaluates whether a request may go on, and returns what `conclude` makes of that: at once, where nothing has to be waited
 * for. Throws, or rejects with, a `RequireActionError` when the application is at fault.
 */
export function evaluate<Native extends object, Outcome>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  conclude: (evaluated: ApprovedAction | Refusal, trail: Trail) => Awaitable<Outcome>,
): Awaitable<Outcome> {
  const trail = startTrail(settings);
  return settle(
    () => enterAndPass(settings, request, trail),
    (approved) => {
      settings.inFlight.evaluated();
      emitProceed(approved, trail);
      return conclude(approved, trail);
    },
    (error) => {
      settings.inFlight.evaluated();
      const refusal = emitStop(error, trail);
      if (settings.observe) {
        const observed = proceed({ settings, request, trail }, "observed");
        emitProceed(observed, trail);
        return conclude(observed, trail);
      }
      if (refusal) return conclude(refusal, trail);
      throw asFault(error);
    },
  );
}

function enterAndPass<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Awaitable<ApprovedAction> {
  settings.inFlight.enter(request);
  const earlier = approvedAction(request.native, settings.action);
  return whenSettled(passOrPassBodiless(settings, request, trail), (approved) => {
    const refusal = settings.observe ? undefined : refuseIfTooLate(settings, request);
    if (refusal === undefined) return approved;
    // Behind an earlier guard of the action, what it approved may have been done already.
    const isOwn = earlier?.actionId === undefined || earlier.actionId !== approved.actionId;
    return isOwn ? giveUp(approved, refusal) : raise(refusal);
  });
}

async function giveUp(approved: ApprovedAction, refusal: Refusal): Promise<never> {
  // A failure is emitted as an event, and the approval is lost.
  await approved.release().catch(() => {});
  throw refusal;
}

/** The refusal of a request that has passed, and has come too late for its handler. */
function refuseIfTooLate<Native extends object>(
  { inFlight }: ActionSettings<Native>,
  request: GuardRequest<Native>,
): Refusal | undefined {
  return inFlight.isOver ? unavailable("the guard has stopped") : refuseIfGone(request);
}

/** What is announced and has no bytes is no body (RFC 9112 section 6.3), which is seen only when it is waited for. */
function passOrPassBodiless<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Awaitable<ApprovedAction> {
  return orElse(
    () => pass(settings, request, trail),
    (error) => {
      const { body } = request;
      // Nothing has been asked of anybody yet, so that all of it can be done anew.
      if (body.isEmpty === undefined || body.read || !isUnparsedError(error)) throw error;
      const isEmpty = body.isEmpty(AbortSignal.timeout(settings.decisionDeadlineMs));
      return whenSettled(isEmpty, (empty) => (empty ? pass(settings, withoutBody(request), trail) : raise(error)));
    },
  );
}

/** The same request, as if no body had been announced: its methods are the request's own. */
function withoutBody<Request extends object>(request: Request): Request {
  return Object.create(request, { body: { value: { sent: false, read: true, value: undefined } } }) as Request;
}

function pass<Native extends object>(
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Awaitable<ApprovedAction> {
  return whenSettled(resolveWhen(settings, request), (isRequired) =>
    isRequired
      ? whenSettled(resolveUser(settings, request), (userId) => {
          trail.userId = userId;
          return whenSettled(resolveSession(settings, request), (session) =>
            passAs({ userId, action: settings.action, session }, settings, request, trail),
          );
        })
      : proceed({ settings, request, trail }, "not_required"),
  );
}

/** Goes on once it is known who asks. */
function passAs<Native extends object>(
  subject: SealSubject,
  settings: ActionSettings<Native>,
  request: GuardRequest<Native>,
  trail: Trail,
): Awaitable<ApprovedAction> {
  const before = settings.observe ? undefined : passedBefore(request.native, settings.action);
  // Observing stops nothing, so no client was ever asked for a token. Behind an approval of another action, it is that one's.
  const token = settings.observe || (before && isApproval(before)) ? undefined : readActionToken(request);
  return whenSettled(resolveBinding(settings, request), (binding) => {
    trail.binding = binding;
    const context: RequestContext<Native> = { settings, request, subject, binding, trail };
    const judge = (): Awaitable<ApprovedAction> => {
      if (token !== undefined) return verify(context, token);
      return before ? decideBehind(context, before) : decide(context);
    };
    return settings.park === undefined ? judge() : orElse(judge, (error) => parkAndStop(context, error));
  });
}

async function parkAndStop<Native extends object>(context: RequestContext<Native>, error: unknown): Promise<never> {
  throw await parkReviewed(context, error);
}

function raise(error: unknown): never {
  throw error;
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
  trail.emit?.({ type: "proceed", ground, binding, verificationMethod, failedOpen });
}

/** Emits why the request stops here. Returns the refusal, or `undefined` when the application is at fault. */
function emitStop(error: unknown, trail: Trail): Refusal | undefined {
  if (error instanceof Refusal) {
    const { code, reason, options } = error;
    const status = options.status ?? errorCatalog[code].status;
    trail.emit?.({
      type: "refusal",
      code,
      reason,
      status,
      ...(options.cause !== undefined && { cause: options.cause }),
    });
    return error;
  }
  const { code, message, cause } = asFault(error);
  trail.emit?.({ type: "failure", source: "resolver", code, reason: message, ...(cause !== undefined && { cause }) });
  return undefined;
}

function asFault(error: unknown): RequireActionError {
  return error instanceof RequireActionError ? error : new RequireActionError("resolver_failed", { cause: error });
}
