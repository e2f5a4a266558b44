import { ConfigurationError } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import { parseTrackAnswer, ProviderError, type TrackAnswer, type TrackRequest } from "@require-action/core/provider";

/** The members of an answer to `track` that a test sets; the provider fills in the rest. */
export type ScriptedTrackAnswer = Partial<TrackAnswer> & Pick<TrackAnswer, "state">;

/** An answer to `track`: a state, an answer to be filled in, or a function that returns one for the request. */
export type TrackScript = ScriptedReply | ((request: TrackRequest) => ScriptedReply);

type ScriptedReply = TrackAnswer["state"] | ScriptedTrackAnswer;

const states = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const;

/** The shapes are the port's own, which {@link parseTrackAnswer} knows. */
const any = option.matching(() => true, "");

const answerSchema = defineOptions<ScriptedTrackAnswer>({
  required: { state: option.oneOf(states) },
  optional: {
    idempotencyKey: any,
    token: any,
    url: any,
    isEnrolled: any,
    enrolledVerificationMethods: any,
    allowedVerificationMethods: any,
    defaultVerificationMethod: any,
    outcome: any,
    tokenExpiresAt: any,
    ruleIds: any,
    rememberedDeviceId: any,
    deviceSecret: any,
    deviceSecretExpiresAt: any,
    receipt: any,
    recordsExecution: any,
  },
});

/**
 * Checks a script when a test sets it.
 * @throws ConfigurationError for an answer that the provider port would refuse, such as an unknown state
 */
export function checkScript(declaration: string, script: TrackScript): void {
  if (typeof script !== "function") completeAnswer(declaration, script, { idempotencyKey: "key", token: "token" });
}

/**
 * Fills in an answer for a tracked action.
 * @throws ConfigurationError for an answer that the provider port would refuse
 */
export function completeAnswer(
  declaration: string,
  reply: ScriptedReply,
  { idempotencyKey, token }: { readonly idempotencyKey: string; readonly token: string },
): TrackAnswer {
  const given = typeof reply === "string" ? { state: reply } : reply;
  const answer = {
    idempotencyKey,
    token,
    url: `https://challenge.example/?token=${token}`,
    isEnrolled: true,
    ...readOptions(declaration, answerSchema, given),
  };
  try {
    parseTrackAnswer(answer, answer.idempotencyKey);
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new ConfigurationError("answer", `is refused by every guard: ${error.message}`, declaration);
  }
  return answer;
}
