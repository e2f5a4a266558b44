import type { LookupContext, RequestContext } from "./request-context.ts";
import type { TrackAnswer } from "../provider/provider.ts";
import { Refusal, type RefusalMembers, type RefusalOptions } from "../reply/refusal.ts";

/** How a challenge is approved at another screen, as clients are answered. */
export interface ApprovalElsewhere {
  /** The page of the request, which is worth nothing to anybody but the signed-in user. */
  readonly url: string;
  /** Two digits, to be shown to whoever asked: the user enters them on that page. */
  readonly matchingNumber: string;
  /** Seconds between two questions with the sealed key. */
  readonly interval: number;
}

const REVIEW_RETRY_AFTER_SECONDS = 30;

/** Asks for a challenge: what a client needs to present one, and what will be approved by it. */
export function refuseChallenge<Native extends object>(
  context: RequestContext<Native>,
  answer: TrackAnswer,
  approval?: ApprovalElsewhere,
): Refusal {
  const { settings, subject, binding } = context;
  const { state, token, url, idempotencyKey } = answer;
  const members: RefusalMembers = {
    action: subject.action,
    state,
    token,
    url,
    idempotencyKey,
    expiresAt: challengeEnd(settings, answer),
    verificationMethods: acceptedMethods(settings.verificationMethods, answer),
    ...(binding.fields && { bound: binding.fields }),
    ...(approval && { approval }),
  };
  return new Refusal("challenge_required", "the provider decided CHALLENGE", members, challengeOptions(context));
}

/** When a challenge ends, as ISO 8601. */
export function challengeEnd(
  { clock, maxAges }: Pick<RequestContext<object>["settings"], "clock" | "maxAges">,
  { tokenExpiresAt = Number.POSITIVE_INFINITY }: TrackAnswer,
): string {
  return new Date(Math.min(clock.now() + maxAges.challenge, tokenExpiresAt)).toISOString();
}

/** Says that a challenge is still open, to a client that holds its `token` and `url` since the reply that asked for it. */
export function refuseIncomplete<Native extends object>(
  { settings, subject }: LookupContext<Native>,
  approval?: ApprovalElsewhere,
): Refusal {
  const { verificationMethods } = settings;
  const members = {
    action: subject.action,
    state: "CHALLENGE_REQUIRED",
    verificationMethods,
    ...(approval && { approval }),
  };
  return new Refusal("challenge_incomplete", "the challenge is still open", members, {
    retryAfterSeconds: approval?.interval,
  });
}

/** Asks a user without an authenticator to enroll one. */
export function refuseEnrollment<Native extends object>(
  context: RequestContext<Native>,
  { url, token }: TrackAnswer,
): Refusal {
  const { action } = context.subject;
  const members = context.settings.agent ? { action } : { action, url, token };
  return new Refusal("enrollment_required", "the user is not enrolled", members, challengeOptions(context));
}

/** Says that a person has to look at the action, and how to ask again. */
export function refuseReview<Native extends object>(
  idempotencyKey: string,
  context: RequestContext<Native>,
  reason: string,
): Refusal {
  const members = { action: context.subject.action, state: "REVIEW_REQUIRED", idempotencyKey };
  return new Refusal("review_required", reason, members, { retryAfterSeconds: REVIEW_RETRY_AFTER_SECONDS });
}

/** Methods that both the action's route and the provider accept, and that the user has, as far as the provider says. */
function acceptedMethods(own: readonly string[] | undefined, answer: TrackAnswer): readonly string[] | undefined {
  const lists = [own, answer.allowedVerificationMethods, answer.enrolledVerificationMethods].filter(
    (list) => list !== undefined,
  );
  const [first, ...others] = lists;
  return first?.filter((method) => others.every((list) => list.includes(method)));
}

/**
 * With `profile: "rfc9470"`, a challenge is a 401 that names what the resource server needs.
 * @see https://www.rfc-editor.org/rfc/rfc9470#section-3
 */
function challengeOptions<Native extends object>({ settings }: RequestContext<Native>): RefusalOptions {
  if (settings.profile === "default") return {};
  const { verificationMethods, maxAges } = settings;
  const parameters = [
    'error="insufficient_user_authentication"',
    'error_description="The action needs a challenge"',
    ...(verificationMethods ? [`acr_values="${verificationMethods.join(" ")}"`] : []),
    `max_age="${maxAges.challenge / 1000}"`,
  ];
  return { status: 401, headers: { "www-authenticate": `Bearer ${parameters.join(", ")}` } };
}
