import { proceed, type RequestContext } from "./request-context.ts";
import { type ApprovedAction, forgetUnapproved } from "../outcome/approved-action.ts";
import { askProvider, recordExecution, refuseUndecided } from "./ask-provider.ts";
import { askElsewhere } from "./elsewhere.ts";
import { refuseChallenge, refuseEnrollment, refuseReview } from "./challenge-reply.ts";
import { type ProviderRole, sealedFor } from "../settings/provider-role.ts";
import { ProviderError } from "../reply/errors.ts";
import { isOutage } from "../provider/resilience/breaker.ts";
import { inheritedNames } from "../lib/own-members.ts";
import { type Awaitable, orElse, whenSettled } from "../lib/awaitable.ts";
import type { TrackAnswer, TrackRequest } from "../provider/provider.ts";
import { parseTrackAnswer } from "../provider/provider-answer.ts";
import { deviceCookie, readDeviceSecret } from "../lib/device-cookie.ts";
import { Refusal, unavailable } from "../reply/refusal.ts";
import { type ResolvedAttributes, resolveAttributes, trackAttributes } from "./resolvers.ts";
import { fingerprint } from "../binding/sealed-key.ts";

/** Has a request without an approval decided: answers when it may go on, and refuses otherwise. */
export function decide<Native extends object>(context: RequestContext<Native>): Awaitable<ApprovedAction> {
  const { settings, request, binding } = context;
  return whenSettled(resolveAttributes(settings, request, binding), (attributes) =>
    orElse(
      () => trackAndFollow(context, settings.primary, attributes),
      (error) => decideWithout(context, attributes, error),
    ),
  );
}

/** What is decided where the guard's own provider has not. */
function decideWithout<Native extends object>(
  context: RequestContext<Native>,
  attributes: ResolvedAttributes,
  error: unknown,
): Awaitable<ApprovedAction> {
  const { fallback, failsOpen } = context.settings;
  if (!(error instanceof ProviderError)) throw error;
  if (!isOutage(error)) throw refuseUndecided(error);
  const inherited = inheritedNames();
  if (inherited.length > 0) throw refuseInherited(error, inherited);
  if (failsOpen) return proceed(context, "failed_open");
  if (fallback === undefined) throw refuseUndecided(error);
  // When the fallback cannot decide either, the request is refused.
  return orElse(
    () => trackAndFollow(context, fallback, attributes),
    (another) => {
      throw another instanceof ProviderError ? refuseUndecided(another) : another;
    },
  );
}

function trackAndFollow<Native extends object>(
  context: RequestContext<Native>,
  role: ProviderRole,
  attributes: ResolvedAttributes,
): Awaitable<ApprovedAction> {
  return whenSettled(track(context, role, attributes), (answer) => handOver(context, answer, attributes));
}

/** The refusal where every object inherits foreign members: whatever failed may have failed of them, so nothing is let through. */
function refuseInherited(error: ProviderError, names: readonly string[]): Refusal {
  const some = names.slice(0, 3).join(", ").slice(0, 100);
  return unavailable(`${error.message} (Object.prototype has ${some}: no failure is taken for an outage)`);
}

function track<Native extends object>(
  { settings, request, subject, binding, trail }: RequestContext<Native>,
  role: ProviderRole,
  attributes: ResolvedAttributes,
): Awaitable<TrackAnswer> {
  const idempotencyKey = settings.sealer.mint(sealedFor(role, subject), binding);
  trail.actionId = fingerprint(idempotencyKey);
  const { userId, action } = subject;
  const device = deviceOf(settings, request, role);
  const asked: { -readonly [Name in keyof TrackRequest]: TrackRequest[Name] } = {
    userId,
    action,
    attributes: trackAttributes(attributes, idempotencyKey),
  };
  if (binding.fields !== undefined) asked.boundFields = Object.keys(binding.fields);
  if (device?.deviceSecret !== undefined) asked.deviceSecret = device.deviceSecret;
  if (device?.takesDeviceSecrets !== undefined) asked.takesDeviceSecrets = device.takesDeviceSecrets;
  const startedAt = trail.emit && performance.now();
  const answered = askProvider(settings, role, trail, {
    verb: "track",
    userId,
    call: (provider, options) => provider.track(asked, options),
    parse: (given) => parseTrackAnswer(given, idempotencyKey),
  });
  return whenSettled(answered, (answer) => {
    trail.role = role;
    trail.receipt = answer.receipt;
    const { deviceSecret: secret, deviceSecretExpiresAt: expiresAt } = answer;
    if (device?.deviceSecret !== undefined && secret !== undefined && expiresAt !== undefined) {
      request.setCookie?.(deviceCookie({ secret, expiresAt }));
    }
    if (startedAt === undefined) return answer;
    const { state, outcome, isEnrolled, ruleIds = [], rememberedDeviceId } = answer;
    trail.emit?.({
      type: "decision",
      provider: role.provider.name,
      state,
      outcome,
      isEnrolled,
      ruleIds,
      rememberedDevice: rememberedDeviceId !== undefined,
      binding: binding.kind,
      durationMs: performance.now() - startedAt,
    });
    return answer;
  });
}

/**
 * The secret of the request's device, where the provider may take it and the answer can renew it. A route that names the methods
 * that it accepts takes none, as nothing was proved by any of them now, and so no device is to be remembered for it.
 */
function deviceOf<Native extends object>(
  { action, verificationMethods }: RequestContext<Native>["settings"],
  request: RequestContext<Native>["request"],
  { provider }: ProviderRole,
): Pick<TrackRequest, "deviceSecret" | "takesDeviceSecrets"> | undefined {
  if (provider.remembersDevices?.(action) !== true) return undefined;
  if (verificationMethods !== undefined || request.setCookie === undefined) return { takesDeviceSecrets: false };
  const deviceSecret = readDeviceSecret(request.header("cookie"));
  return deviceSecret === undefined ? undefined : { deviceSecret };
}

/** Follows the provider's answer; what runs is recorded first, where the provider wants to learn of it. */
function handOver<Native extends object>(
  context: RequestContext<Native>,
  answer: TrackAnswer,
  attributes: ResolvedAttributes,
): Awaitable<ApprovedAction> {
  const { inbox } = context.settings;
  if (inbox !== undefined && answer.state === "CHALLENGE_REQUIRED" && answer.isEnrolled) {
    return askElsewhere(context, inbox, answer, attributes.client);
  }
  const approved = followState(context, answer);
  return answer.recordsExecution === true ? handOverRecorded(context, approved) : approved;
}

async function handOverRecorded<Native extends object>(
  context: RequestContext<Native>,
  approved: ApprovedAction,
): Promise<ApprovedAction> {
  try {
    await recordExecution(context);
  } catch (error) {
    forgetUnapproved(context.request.native, approved.action);
    throw error;
  }
  return approved;
}

function followState<Native extends object>(context: RequestContext<Native>, answer: TrackAnswer): ApprovedAction {
  switch (answer.state) {
    case "BLOCK":
      throw new Refusal("action_blocked", "the provider decided BLOCK", { id: fingerprint(answer.idempotencyKey) });
    case "REVIEW_REQUIRED":
      throw refuseReview(answer.idempotencyKey, context, "the provider decided REVIEW");
    case "CHALLENGE_REQUIRED":
      if (!answer.isEnrolled) return followNotEnrolled(context, answer);
      throw refuseChallenge(context, answer);
    case "ALLOW":
      // Authsignal answers ALLOW where the outcome is CHALLENGE and the user has no authenticator.
      if (!answer.isEnrolled && answer.outcome !== "ALLOW") return followNotEnrolled(context, answer);
      return proceed(context, answer.rememberedDeviceId === undefined ? "allowed" : "remembered_device");
  }
}

function followNotEnrolled<Native extends object>(
  context: RequestContext<Native>,
  answer: TrackAnswer,
): ApprovedAction {
  switch (context.settings.onNotEnrolled) {
    case "allow":
      return proceed(context, "not_enrolled");
    case "block":
      throw new Refusal("action_blocked", "the user is not enrolled", { id: fingerprint(answer.idempotencyKey) });
    case "enroll":
      throw refuseEnrollment(context, answer);
  }
}
