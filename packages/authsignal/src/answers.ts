import type {
  GetActionAnswer,
  TrackAnswer,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "@require-action/core";
import * as v from "valibot";
import { knownErrorCode, unbelievable } from "./failures.ts";

const text = v.pipe(v.string(), v.nonEmpty());
/** The set of methods grows at Authsignal's side, so any name is taken. */
const method = v.pipe(text, v.maxLength(64));
const methods = v.pipe(v.array(method), v.maxLength(100));

/** Authsignal's guides write REVIEW where its API answers REVIEW_REQUIRED. */
const review = v.pipe(
  v.literal("REVIEW"),
  v.transform(() => "REVIEW_REQUIRED" as const),
);
const trackState = v.union([v.picklist(["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"]), review]);
const actionState = v.union([
  trackState,
  v.picklist(["CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "REVIEW_SUCCEEDED", "REVIEW_FAILED"]),
]);

/** A page that a browser may be sent to: never `javascript:` and the like. */
const pageUrl = v.pipe(
  text,
  v.check((url) => /^https?:\/\//i.test(url) && URL.canParse(url)),
);

const trackAnswer = v.object({
  state: trackState,
  idempotencyKey: text,
  isEnrolled: v.boolean(),
  token: v.nullish(text),
  url: v.nullish(pageUrl),
  enrolledVerificationMethods: v.nullish(methods),
  allowedVerificationMethods: v.nullish(methods),
  defaultVerificationMethod: v.nullish(method),
  ruleIds: v.nullish(v.pipe(v.array(text), v.maxLength(1000))),
});

const validateAnswer = v.object({
  isValid: v.boolean(),
  state: v.nullish(actionState),
  userId: v.nullish(text),
  actionCode: v.nullish(text),
  idempotencyKey: v.nullish(text),
  verificationMethod: v.nullish(method),
  error: v.optional(v.unknown()),
});

const getActionAnswer = v.object({ state: actionState, verificationMethod: v.nullish(method) });

/** Reads what `track` was answered. An answer for another key is another action's, and is not believed. */
export function readTrackAnswer(body: unknown, request: TrackRequest): TrackAnswer {
  const answer = read(trackAnswer, body);
  if (answer.idempotencyKey !== request.attributes.idempotencyKey) throw unbelievable("it is for another action");
  return answer;
}

/**
 * Reads what `validateChallenge` was answered. A valid token must tell whose it is; one of another user or action is not
 * valid here, whatever the server says of it.
 */
export function readValidateAnswer(
  body: unknown,
  { userId, action }: ValidateChallengeRequest,
): ValidateChallengeAnswer {
  const { actionCode, error: wireError, ...answer } = read(validateAnswer, body);
  const error = knownErrorCode(wireError);
  if (answer.isValid && !(answer.state && answer.userId && actionCode && answer.idempotencyKey)) {
    throw unbelievable("it is valid without state, userId, actionCode and idempotencyKey");
  }
  const foreign = (answer.userId ?? userId) !== userId || (actionCode ?? action) !== action;
  if (foreign) return { isValid: false };
  return { ...answer, ...(actionCode !== undefined && { action: actionCode }), ...(error !== undefined && { error }) };
}

/** Reads what `getAction` was answered. */
export function readGetActionAnswer(body: unknown): GetActionAnswer {
  return read(getActionAnswer, body);
}

/** The members of an object that are there: Authsignal's null is an absence. */
type Present<T> = { [Name in keyof T]: Exclude<T[Name], null | undefined> };

function read<Entries extends v.ObjectEntries>(
  schema: v.ObjectSchema<Entries, undefined>,
  body: unknown,
): Present<v.InferOutput<typeof schema>> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  // The path only: the message would repeat what was received.
  if (!parsed.success) throw unbelievable(`wrong at ${v.getDotPath(parsed.issues[0]) ?? "its root"}`);
  const present: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parsed.output)) {
    if (value !== null && value !== undefined) present[name] = value;
  }
  return present as Present<v.InferOutput<typeof schema>>;
}
