import {
  type ActionProvider,
  type CallOptions,
  type GetActionAnswer,
  type GetActionRequest,
  isId,
  ProviderError,
  RequireActionError,
  type TrackAnswer,
  type TrackRequest,
  type ValidateChallengeAnswer,
  type ValidateChallengeRequest,
} from "@require-action/core";
import { createScriptedActions, type ScriptedTrackAnswer } from "./scripted-actions.ts";

/** What `track` answers: a state, an answer to be filled in, or a function that tells from the request. */
export type TrackScript = TrackAnswer["state"] | ScriptedTrackAnswer | ((request: TrackRequest) => ScriptedReply);

type ScriptedReply = TrackAnswer["state"] | ScriptedTrackAnswer;

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
  /** Every call so far, oldest first. */
  readonly calls: readonly ProviderCall[];
  /** Sets what `track` answers for each new action from now on. */
  answer(script: TrackScript): void;
  /** Sets what `track` answers for the next new action only; several calls queue up. */
  answerNext(script: TrackScript): void;
  /** Completes the challenge of a token or idempotency key, and returns the result token for the retry. */
  completeChallenge(tokenOrKey: string, options?: { readonly verificationMethod?: string }): string;
  /** Has the challenge of a token or idempotency key declined for good. */
  failChallenge(tokenOrKey: string): void;
  /** Decides an action under review. */
  review(idempotencyKey: string, decision: "approve" | "reject"): void;
  /** Makes a token answer as expired. */
  expireToken(token: string): void;
  /** Replaces a verb until `restore()`: for nonsense, rejections and silence (see {@link neverAnswers}). */
  override(verb: ProviderVerb, answer: RawAnswer): void;
  /** Ends every override. */
  restore(): void;
}

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
export function createScriptedProvider(): ScriptedProvider {
  const actions = createScriptedActions();
  const calls: ProviderCall[] = [];
  const next: TrackScript[] = [];
  const overrides = new Map<ProviderVerb, RawAnswer>();
  let each: TrackScript = "ALLOW";

  function decide(request: TrackRequest): ScriptedTrackAnswer {
    const script = next.shift() ?? each;
    const reply = typeof script === "function" ? script(request) : script;
    return typeof reply === "string" ? { state: reply } : reply;
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

  return {
    name: "scripted",
    calls,

    track: (request, options): Promise<TrackAnswer> =>
      call({ verb: "track", request }, options, () => actions.track(request, () => decide(request))),
    validateChallenge: (request, options): Promise<ValidateChallengeAnswer> =>
      call({ verb: "validateChallenge", request }, options, () => actions.validateChallenge(request)),
    getAction: (request, options): Promise<GetActionAnswer | undefined> =>
      call({ verb: "getAction", request }, options, () => actions.getAction(request)),

    answer(script) {
      each = script;
    },
    answerNext(script) {
      next.push(script);
    },
    completeChallenge: (tokenOrKey, { verificationMethod = "AUTHENTICATOR_APP" } = {}) =>
      actions.completeChallenge(tokenOrKey, verificationMethod),
    failChallenge: (tokenOrKey) => actions.failChallenge(tokenOrKey),
    review: (idempotencyKey, decision) => actions.review(idempotencyKey, decision),
    expireToken: (token) => actions.expireToken(token),
    override(verb, answer) {
      overrides.set(verb, answer);
    },
    restore: () => overrides.clear(),
  };
}
