import { type Clock, ConfigurationError, RequireActionError, type VerificationMethodName } from "@require-action/core";
import { defineOptions, option, readOptions, verificationMethodNames } from "@require-action/core/options";
import {
  type ActionProvider,
  type CallOptions,
  type GetActionAnswer,
  type GetActionRequest,
  isId,
  ProviderError,
  type TrackAnswer,
  type TrackRequest,
  type ValidateChallengeAnswer,
  type ValidateChallengeRequest,
} from "@require-action/core/provider";
import { createScriptedActions } from "./scripted-actions.ts";
import { checkScript, completeAnswer, type TrackScript } from "./track-script.ts";

interface ProviderRequests {
  readonly track: TrackRequest;
  readonly validateChallenge: ValidateChallengeRequest;
  readonly getAction: GetActionRequest;
}

/** One of the three calls of the provider port. */
export type ProviderVerb = keyof ProviderRequests;

/** A call that reached the scripted provider. */
export type ProviderCall = {
  readonly [Verb in ProviderVerb]: { readonly verb: Verb; readonly request: ProviderRequests[Verb] };
}[ProviderVerb];

/** Stands in for a verb: whatever it returns, resolves or throws goes out as it is, however malformed. */
export type RawAnswer = (
  request: TrackRequest | ValidateChallengeRequest | GetActionRequest,
  options: CallOptions,
) => unknown;

/**
 * A provider whose answers a test sets. Left alone it is an honest small simulation: `track` allows, tokens are
 * `token-1`, `token-2`…, a completed challenge gives a result token that is good for its own user and action only.
 */
export interface ScriptedProvider extends ActionProvider {
  track(request: TrackRequest, options: CallOptions): Promise<TrackAnswer>;
  /** Every call so far, oldest first. */
  readonly calls: readonly ProviderCall[];
  /**
   * Sets what `track` answers for each new action from now on.
   * @throws ConfigurationError for an answer that every guard would refuse; `override` sets those
   */
  answer(script: TrackScript): void;
  /**
   * Sets what `track` answers for the next new action only; several calls queue up.
   * @throws ConfigurationError for an answer that every guard would refuse
   */
  answerNext(script: TrackScript): void;
  /**
   * Completes the challenge of a token or idempotency key, and returns the result token for the retry.
   * @throws Error when there is no such challenge, or it is not open, or does not allow the method
   */
  completeChallenge(tokenOrKey: string, options?: CompleteChallengeOptions): string;
  /** Fails the challenge of a token or idempotency key for good. */
  failChallenge(tokenOrKey: string): void;
  /** Fails the challenge of a token or idempotency key as its user does who did not ask for it. */
  denyChallenge(tokenOrKey: string): void;
  /**
   * Decides an action under review.
   * @throws Error when there is no such action, or it is not under review
   */
  review(idempotencyKey: string, decision: "approve" | "reject"): void;
  /** Has guards hand over the secrets of remembered devices from now on, as the engine does where its policy says so. */
  rememberDevices(): void;
  /** Makes a token answer as expired. */
  expireToken(token: string): void;
  /**
   * Replaces a verb until `restore()`: for nonsense, rejections and silence (see {@link neverAnswers}).
   * @throws ConfigurationError for an unknown verb
   */
  override(verb: ProviderVerb, answer: RawAnswer): void;
  /** Ends every override. */
  restore(): void;
}

/** Options of {@link createScriptedProvider}. */
export interface ScriptedProviderOptions {
  /** Dates the states of actions; without it, answers have no `stateUpdatedAt`. */
  readonly clock?: Clock;
}

/** Options of {@link ScriptedProvider.completeChallenge}. */
export interface CompleteChallengeOptions {
  /** How the challenge is completed, `AUTHENTICATOR_APP` by default. */
  readonly verificationMethod?: VerificationMethodName;
}

const optionsSchema = defineOptions<ScriptedProviderOptions>({
  required: {},
  optional: { clock: option.withMethods("now") },
});

const completeSchema = defineOptions<CompleteChallengeOptions>({
  required: {},
  optional: { verificationMethod: option.oneOf(verificationMethodNames) },
});

const overrideSchema = defineOptions<{ readonly verb: ProviderVerb; readonly answer: RawAnswer }>({
  required: { verb: option.oneOf(["track", "validateChallenge", "getAction"]), answer: option.callback },
  optional: {},
});

const reviewSchema = defineOptions<{ readonly decision: "approve" | "reject" }>({
  required: { decision: option.oneOf(["approve", "reject"]) },
  optional: {},
});

/** Sends a request while the provider asks for an approval; returns its response and the answers of `track` meanwhile. */
export type SendForApproval = <Response>(
  by: "challenge" | "review" | undefined,
  send: () => PromiseLike<Response>,
) => Promise<{ readonly response: Response; readonly answers: readonly TrackAnswer[] }>;

const senders = new WeakMap<ScriptedProvider, SendForApproval>();

/**
 * The means of {@link readyToken} to have a request decided.
 * @throws ConfigurationError for anything but a scripted provider
 */
export function sendForApproval(provider: ScriptedProvider): SendForApproval {
  const sender = senders.get(provider);
  if (sender === undefined) {
    throw new ConfigurationError("provider", "must come from createScriptedProvider", "readyToken");
  }
  return sender;
}

const approvedState = { challenge: "CHALLENGE_REQUIRED", review: "REVIEW_REQUIRED" } as const;

/** For `override`: a call that never settles, not even when its signal is aborted. */
export const neverAnswers: RawAnswer = () => new Promise(() => {});

/**
 * Creates a scripted provider for tests of guarded routes.
 *
 * @example
 * const provider = createScriptedProvider();
 * provider.answer("CHALLENGE_REQUIRED");
 * // … the guarded route answers 403 with the token "token-1"
 * const actionToken = provider.completeChallenge("token-1", { verificationMethod: "PASSKEY" });
 * // … the retry with the header `Action-Token: ${actionToken}` goes through
 */
export function createScriptedProvider(options?: ScriptedProviderOptions): ScriptedProvider {
  const { clock } = readOptions("createScriptedProvider", optionsSchema, options);
  const actions = createScriptedActions(clock);
  const calls: ProviderCall[] = [];
  const next: TrackScript[] = [];
  const overrides = new Map<ProviderVerb, RawAnswer>();
  let each: TrackScript | undefined;
  let takesDevices = false;
  let approval: { readonly by: keyof typeof approvedState | undefined; readonly answers: TrackAnswer[] } | undefined;

  function decide(request: TrackRequest, token: string): TrackAnswer {
    const script = next.shift() ?? each;
    const { idempotencyKey } = request.attributes;
    if (script === undefined) {
      const state = approval === undefined ? "ALLOW" : approvedState[approval.by ?? "challenge"];
      return completeAnswer("track", state, { idempotencyKey, token });
    }
    const reply = typeof script === "function" ? script(request) : script;
    const answer = completeAnswer("track", reply, { idempotencyKey, token });
    if (approval?.by === undefined || answer.state === "ALLOW" || answer.state === "BLOCK") return answer;
    // Who approves is the caller's choice; whether anybody may is the script's.
    const { outcome: _, ...rest } = answer;
    return { ...rest, state: approvedState[approval.by] };
  }

  function track(request: TrackRequest): TrackAnswer {
    const answer = actions.track(request, (token) => decide(request, token));
    approval?.answers.push(answer);
    return answer;
  }

  async function call<Answer>(call: ProviderCall, options: CallOptions, simulate: () => Answer): Promise<Answer> {
    calls.push(call);
    const override = overrides.get(call.verb);
    // The point of an override is to break the port's types.
    if (override !== undefined) return (await override(call.request, options)) as Answer;
    if (!isId(call.request.userId)) throw new RequireActionError("user_id_invalid");
    if (options.signal.aborted) throw new ProviderError("provider_unavailable", "the call was aborted");
    return simulate();
  }

  const provider: ScriptedProvider = {
    name: "scripted",
    calls,

    track: (request, options): Promise<TrackAnswer> => call({ verb: "track", request }, options, () => track(request)),
    validateChallenge: (request, options): Promise<ValidateChallengeAnswer> =>
      call({ verb: "validateChallenge", request }, options, () => actions.validateChallenge(request)),
    getAction: (request, options): Promise<GetActionAnswer | undefined> =>
      call({ verb: "getAction", request }, options, () => actions.getAction(request)),

    answer(script) {
      checkScript("answer", script);
      each = script;
    },
    answerNext(script) {
      checkScript("answerNext", script);
      next.push(script);
    },
    completeChallenge(tokenOrKey, options) {
      const { verificationMethod = "AUTHENTICATOR_APP" } = readOptions("completeChallenge", completeSchema, options);
      return actions.completeChallenge(tokenOrKey, verificationMethod);
    },
    failChallenge: (tokenOrKey) => actions.failChallenge(tokenOrKey),
    denyChallenge: (tokenOrKey) => actions.denyChallenge(tokenOrKey),
    review(idempotencyKey, decision) {
      readOptions("review", reviewSchema, { decision });
      actions.review(idempotencyKey, decision);
    },
    rememberDevices: () => void (takesDevices = true),
    remembersDevices: () => takesDevices,
    expireToken: (token) => actions.expireToken(token),
    override(verb, answer) {
      readOptions("override", overrideSchema, { verb, answer });
      overrides.set(verb, answer);
    },
    restore: () => overrides.clear(),
  };

  senders.set(provider, async (by, send) => {
    const pending = { by, answers: [] };
    approval = pending;
    try {
      return { response: await send(), answers: pending.answers };
    } finally {
      approval = undefined;
    }
  });
  return provider;
}
