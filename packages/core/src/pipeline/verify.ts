import { type Awaitable, orElse, whenSettled } from "../lib/awaitable.ts";
import { groundOf, invalid, type Standing } from "./approval-ground.ts";
import { CLOCK_TOLERANCE_MS, timesOf, type VerifiedApproval } from "./approval-times.ts";
import { type LookupContext, type RequestContext, refuseIfGone } from "./request-context.ts";
import type { ApprovedAction } from "../outcome/approved-action.ts";
import { askProvider, recordExecution, refuseUndecided } from "./ask-provider.ts";
import { claimApproval, leaveClaim } from "./claim.ts";
import { type ProviderRole, sealedFor } from "../settings/provider-role.ts";
import { ProviderError } from "../reply/errors.ts";
import type { ValidateChallengeAnswer } from "../provider/provider.ts";
import { parseGetActionAnswer, parseValidateChallengeAnswer } from "../provider/provider-answer.ts";
import { lookElsewhere } from "./elsewhere.ts";
import { Refusal } from "../reply/refusal.ts";
import { type OpenSeal, type SealSubject } from "../binding/seal.ts";
import { fingerprint, isSealedKey } from "../binding/sealed-key.ts";

/** Actions of the guard that are tried: whoever sends foreign seals has this process try no more than these. */
const MAX_ACTIONS = 64;
/** A result of an action that no guard has asked for, as the browser SDK's sign-in by passkey makes one. */
const NOT_ASKED_FOR =
  "the result is of an action that no guard asked for, as passkey.signIn({ action }) completes one of its own: call signIn({ token }) with the token of the challenge, or name its idempotencyKey";

/** What the provider says of an approval, and the seal that it is for. */
export interface Evidence extends Standing {
  readonly seal: OpenSeal;
  readonly verificationMethod: string | undefined;
  /** When the provider says that the action came to its state. */
  readonly stateUpdatedAt: string | undefined;
}

/**
 * Verifies the approval that a request brings and uses it up, or leaves that to the handler. Answers when the request may go
 * on, refuses otherwise.
 */
export function verify<Native extends object>(
  context: RequestContext<Native>,
  token: string,
): Awaitable<ApprovedAction> {
  return whenSettled(gatherEvidence(context, token), (evidence) => useEvidence(context, evidence));
}

function useEvidence<Native extends object>(
  context: RequestContext<Native>,
  evidence: Evidence,
): Awaitable<ApprovedAction> {
  const { settings, request, binding } = context;
  const { sealedKey, seal, verificationMethod, stateUpdatedAt } = evidence;
  const ground = groundOf(context, evidence);
  const now = settings.clock.now();
  if (!(seal.issuedAt <= now + CLOCK_TOLERANCE_MS)) throw invalid("the seal is from the future");
  const times = timesOf(settings, { ground, issuedAt: seal.issuedAt, stateUpdatedAt, now });
  if (!(now < times.endsAt)) {
    throw new Refusal("action_token_expired", "the approval is older than its action allows");
  }
  if (!seal.binds(binding)) throw new Refusal("action_parameters_changed", "the request differs from the one approved");
  const accepted = settings.verificationMethods;
  if (ground === "challenge" && accepted && !(verificationMethod && accepted.includes(verificationMethod))) {
    throw new Refusal("verification_method_insufficient", "verified by a method that the action does not accept", {
      verificationMethods: accepted,
    });
  }
  const gone = refuseIfGone(request);
  if (gone) throw gone;
  const { endsAt, approvedAt } = times;
  const approval: VerifiedApproval = { ground, sealedKey, verificationMethod, endsAt, approvedAt };
  if (settings.claim !== "handler") return claimApproval(context, approval, () => recordExecution(context));
  return whenSettled(recordExecution(context), () => leaveClaim(context, approval));
}

function gatherEvidence<Native extends object>(context: RequestContext<Native>, token: string): Awaitable<Evidence> {
  return orElse(
    () => (isSealedKey(token) ? lookUpAction(context, token) : validateResult(context, token)),
    (error) => {
      throw error instanceof ProviderError ? refuseUndecided(error) : error;
    },
  );
}

/** The sealed key of an earlier answer: how a reviewed action resumes. Its seal says who decides on it. */
export async function lookUpAction<Native extends object>(
  context: LookupContext<Native>,
  sealedKey: string,
): Promise<Evidence> {
  const { settings, subject, trail } = context;
  const { primary, fallback } = settings;
  const own = openSeal(context, primary, sealedKey);
  const role = own || !fallback ? primary : fallback;
  const seal = own ?? openSeal(context, role, sealedKey);
  if (!seal) throw invalid(describeForeignSeal(context, primary, sealedKey, false));
  trail.actionId = fingerprint(sealedKey);
  const waiting = settings.inbox && (await lookElsewhere(context, settings.inbox, sealedKey));
  if (waiting?.token !== undefined) return matchedResult(context, sealedKey, waiting.token);
  const { userId, action } = subject;
  const answer = await askProvider(settings, role, trail, {
    verb: "getAction",
    userId,
    call: (provider, options) => provider.getAction({ userId, action, idempotencyKey: sealedKey }, options),
    parse: parseGetActionAnswer,
  });
  if (!answer) throw invalid("the provider does not know the action");
  trail.role = role;
  trail.receipt = answer.receipt;
  const { state, verificationMethod, stateUpdatedAt, deniedByUser = false } = answer;
  const { elsewhere } = waiting ?? {};
  return {
    sealedKey,
    seal,
    state,
    presented: "sealed_key",
    verificationMethod,
    stateUpdatedAt,
    deniedByUser,
    elsewhere,
  };
}

/** The result that the person's browser has brought to the inbox: verified as the one of any browser is. */
async function matchedResult<Native extends object>(
  context: LookupContext<Native>,
  sealedKey: string,
  token: string,
): Promise<Evidence> {
  const evidence = await validateResult(context, token);
  if (evidence.sealedKey !== sealedKey) throw invalid("the result in the inbox is of another action");
  return { ...evidence, presented: "matched_key" };
}

/**
 * The result token of a challenge. Nothing in it says whose it is, so the fallback is asked about a token for which the
 * guard's own provider has no evidence. Neither is believed about an action that the seal gives to the other.
 */
function validateResult<Native extends object>(context: LookupContext<Native>, token: string): Awaitable<Evidence> {
  const { primary, fallback } = context.settings;
  if (fallback === undefined) return validateBy(context, primary, token);
  return orElse(
    () => validateBy(context, primary, token),
    (error) =>
      orElse(
        () => validateBy(context, fallback, token),
        (another) => {
          throw isForeign(another) ? error : another;
        },
      ),
  );
}

/** True when a provider says no more of a token than that it is not one of its own. */
function isForeign(error: unknown): boolean {
  return error instanceof ProviderError ? error.status < 500 : (error as Refusal).code === "action_token_invalid";
}

/** Asks one provider whose a token is; the seal proves that it is for this user, action and session. */
function validateBy<Native extends object>(
  context: LookupContext<Native>,
  role: ProviderRole,
  token: string,
): Awaitable<Evidence> {
  const { settings, subject, trail } = context;
  const { userId, action } = subject;
  const answered = askProvider(settings, role, trail, {
    verb: "validateChallenge",
    userId,
    call: (provider, options) => provider.validateChallenge({ token, userId, action }, options),
    parse: parseValidateChallengeAnswer,
  });
  return whenSettled(answered, (answer) => evidenceOf(context, role, answer));
}

/** What the answer about a token proves of this user and action. */
function evidenceOf<Native extends object>(
  context: LookupContext<Native>,
  role: ProviderRole,
  answer: ValidateChallengeAnswer,
): Evidence {
  const { subject, trail } = context;
  const { userId, action } = subject;
  if (answer.error === "expired_token")
    throw new Refusal("action_token_expired", "the provider says that the token has expired");
  if (answer.userId === undefined)
    throw invalid("the provider does not recognise it as a result token of this user and action");
  if (answer.userId !== userId) throw invalid("the token is another user's");
  if (answer.action !== action) throw invalid("the token is for another action");
  if (!answer.idempotencyKey || !answer.state) throw invalid("the provider's answer lacks the key or the state");
  const seal = openSeal(context, role, answer.idempotencyKey);
  if (!seal) throw invalid(describeForeignSeal(context, role, answer.idempotencyKey, true));
  trail.actionId = fingerprint(answer.idempotencyKey);
  const succeeded = answer.state === "CHALLENGE_SUCCEEDED" || answer.state === "REVIEW_SUCCEEDED";
  if (succeeded && !answer.isValid) throw invalid("the provider says that the token is not valid");
  trail.role = role;
  trail.receipt = answer.receipt;
  const { idempotencyKey: sealedKey, state, verificationMethod, stateUpdatedAt, deniedByUser = false } = answer;
  return { sealedKey, seal, state, presented: "result_token", verificationMethod, stateUpdatedAt, deniedByUser };
}

function openSeal<Native extends object>(
  { settings, subject }: LookupContext<Native>,
  role: ProviderRole,
  sealedKey: string,
): OpenSeal | undefined {
  return settings.sealer.open(sealedKey, sealedFor(role, subject));
}

/**
 * Says why a seal does not open for this request, as far as that can be told, for events and never for replies. A seal names
 * nothing, so guesses are tried: all of them, whichever opens it, as the time would tell the client else. What no guess opens
 * was sealed in a session or under a secret that nobody here knows.
 * @param isTheirs whether the provider has named this user and this action as the token's
 */
function describeForeignSeal<Native extends object>(
  { settings, subject }: LookupContext<Native>,
  role: ProviderRole,
  sealedKey: string,
  isTheirs: boolean,
): string {
  if (isTheirs && !isSealedKey(sealedKey)) return NOT_ASKED_FOR;
  const opens = (changes: Partial<SealSubject>, of: ProviderRole = role): boolean =>
    settings.sealer.open(sealedKey, { ...sealedFor(of, subject), ...changes }) !== undefined;
  const other = role.isFallback ? settings.primary : settings.fallback;
  const { action, session } = subject;
  const declared = isTheirs ? [] : [...settings.longestAges.keys()].filter((name) => name !== action);
  const guesses: readonly (readonly [opens: boolean, reason: string])[] = [
    [other !== undefined && opens({}, other), "the seal is for another provider of this guard"],
    [session !== undefined && opens({ session: undefined }), "the seal was made without a session"],
    ...declared
      .slice(0, MAX_ACTIONS)
      .map((name) => [opens({ action: name }), `the seal is for the action ${name}`] as const),
  ];
  const right = guesses.find(([isRight]) => isRight);
  if (right !== undefined) return right[1];
  const causes = [
    ...(isTheirs ? [] : ["user", "action"]),
    ...(session === undefined ? [] : ["session"]),
    "seal secret",
  ].join(" or ");
  const hint = session === undefined ? "" : "; session must return the same id for both requests";
  return `the seal is forged, or of another ${causes}${hint}`;
}
