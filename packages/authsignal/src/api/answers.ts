import type {
  ActionState,
  GetActionAnswer,
  GetActionRequest,
  TrackAnswer,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "@require-action/core/provider";
import * as v from "valibot";
import { knownErrorCode, unbelievable } from "../http/failures.ts";
import { isObject, ownMember, type Reader, shape } from "./shape.ts";

const boolean: Reader<boolean> = (value) => (typeof value === "boolean" ? value : undefined);
const text: Reader<string> = (value) => (typeof value === "string" && value !== "" ? value : undefined);
const listOf =
  (item: Reader<string>, most: number): Reader<readonly string[]> =>
  (value) => {
    if (!Array.isArray(value) || value.length > most) return undefined;
    const items = value.map((one: unknown) => (one === undefined || one === null ? undefined : item(one)));
    return items.includes(undefined) ? undefined : (items as string[]);
  };

/** The set of methods grows at Authsignal's side, so any name is taken. */
const method: Reader<string> = (value) => (typeof value === "string" && value.length <= 64 ? text(value) : undefined);
const methods = listOf(method, 100);

const trackStates = ["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"] as const;
const endStates = ["CHALLENGE_SUCCEEDED", "CHALLENGE_FAILED", "REVIEW_SUCCEEDED", "REVIEW_FAILED"] as const;
/** Authsignal's guides write REVIEW where its API answers REVIEW_REQUIRED. */
const trackState: Reader<TrackAnswer["state"]> = (value) =>
  value === "REVIEW" ? "REVIEW_REQUIRED" : trackStates.find((state) => state === value);
const actionState: Reader<ActionState> = (value) => trackState(value) ?? endStates.find((state) => state === value);

/** When an action came to its state; core reads it again. */
const isoTimestamp = v.pipe(v.string(), v.isoTimestamp());
const timestamp: Reader<string> = (value) => (v.is(isoTimestamp, value) ? value : undefined);

/** A page that a browser may be sent to: never `javascript:` and the like. Empty where there is none, in states that open none. */
const pageUrl: Reader<string> = (value) => {
  if (value === "") return null;
  return typeof value === "string" && /^https?:\/\//i.test(value) && URL.canParse(value) ? value : undefined;
};

/** Whose action an answer is about, where it says so. `action` and `actionCode` are one thing: the latter is the older name. */
const readSubject = shape({}, { userId: text, action: text, actionCode: text, idempotencyKey: text });

const readTrack = shape(
  { state: trackState, idempotencyKey: text, isEnrolled: boolean },
  {
    token: text,
    url: pageUrl,
    enrolledVerificationMethods: methods,
    allowedVerificationMethods: methods,
    defaultVerificationMethod: method,
    ruleIds: listOf(text, 1000),
  },
);
/** From a server of this kit, which reports ALLOW where the policy challenges and there is nothing to be challenged with. */
const outcomes = ["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"] as const;
const readKit = shape({ outcome: (value) => outcomes.find((outcome) => outcome === value) }, {});

const readValidate = shape(
  { isValid: boolean },
  { state: actionState, verificationMethod: method, stateUpdatedAt: timestamp },
);
const readAction = shape({ state: actionState }, { verificationMethod: method, stateUpdatedAt: timestamp });
/** From a server of this kit: a challenge failed as its user did not ask for the action. */
const readDenial = shape({}, { deniedByUser: boolean });

const stateOf = {
  ALLOW: "ALLOW",
  CHALLENGE: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
  BLOCK: "BLOCK",
} as const;

/** Reads what `track` was answered. An answer for another key is another action's, and is not believed. */
export function readTrackAnswer(body: unknown, { userId, action, attributes }: TrackRequest): TrackAnswer {
  refuseError(body);
  const answer: Mutable<TrackAnswer> = readTrack(body);
  assertAbout(body, { userId, action, idempotencyKey: attributes.idempotencyKey });
  const outcome = kitOf(body, readKit)?.outcome;
  // Of use only where it agrees with the state: for another one it is history.
  if (outcome !== undefined && stateOf[outcome] === answer.state) answer.outcome = outcome;
  return answer;
}

/**
 * Reads the answer of `validateChallenge`. A valid token must name its user and action; one of another user or action is not
 * valid here, whatever the server says of it.
 */
export function readValidateAnswer(body: unknown, request: ValidateChallengeRequest): ValidateChallengeAnswer {
  const answer: Mutable<ValidateChallengeAnswer> = readValidate(body);
  const { userId, action: newerCode, actionCode, idempotencyKey } = readSubject(body);
  const denial = kitOf(body, readDenial);
  const action = newerCode ?? actionCode;
  if (actionCode !== undefined && actionCode !== action) throw unbelievable("its action and its actionCode differ");
  if (answer.isValid) refuseError(body);
  if (answer.isValid && !(answer.state && userId && action && idempotencyKey)) {
    throw unbelievable("it is valid without state, userId, action and idempotencyKey");
  }
  const foreign = (userId ?? request.userId) !== request.userId || (action ?? request.action) !== request.action;
  if (foreign) return { isValid: false };
  if (userId !== undefined) answer.userId = userId;
  if (action !== undefined) answer.action = action;
  if (idempotencyKey !== undefined) answer.idempotencyKey = idempotencyKey;
  const error = knownErrorCode(ownMember(body as object, "error"));
  if (error !== undefined) answer.error = error;
  if (denial?.deniedByUser === true) answer.deniedByUser = true;
  return answer;
}

/** Reads what `getAction` was answered. */
export function readGetActionAnswer(body: unknown, request: GetActionRequest): GetActionAnswer {
  refuseError(body);
  const answer: Mutable<GetActionAnswer> = readAction(body);
  assertAbout(body, request);
  if (kitOf(body, readDenial)?.deniedByUser === true) answer.deniedByUser = true;
  return answer;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

/** What a server of this kit adds to its answer, by a reader of its own. */
function kitOf<Kit>(body: unknown, read: (added: unknown) => Kit): Kit | undefined {
  const added = ownMember(body as object, "requireAction");
  return added === undefined || added === null ? undefined : read(added);
}

/** An answer need not say which action it is about; what it does say must be true of the one that was asked for. */
function assertAbout(body: unknown, asked: GetActionRequest): void {
  const { userId = asked.userId, action = asked.action, actionCode = action, idempotencyKey } = readSubject(body);
  const isAsked =
    userId === asked.userId &&
    action === asked.action &&
    actionCode === action &&
    (idempotencyKey ?? asked.idempotencyKey) === asked.idempotencyKey;
  if (!isAsked) throw unbelievable("it is about another action");
}

/** An answer that reports an error beside its success means one of the two, and nobody knows which. */
function refuseError(body: unknown): void {
  if (!isObject(body)) return;
  for (const name of ["error", "errorCode", "errorDescription"]) {
    const value = ownMember(body, name);
    if (value !== false && value !== null && value !== undefined) throw unbelievable(`it has a member ${name}`);
  }
}
