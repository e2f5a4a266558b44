import type {
  GetActionAnswer,
  GetActionRequest,
  TrackAnswer,
  TrackRequest,
  ValidateChallengeAnswer,
  ValidateChallengeRequest,
} from "@require-action/core/provider";
import { bareCopy, createNullProtoRecord, ownObject } from "@require-action/core/options";
import * as v from "valibot";
import { knownErrorCode, unbelievable } from "../http/failures.ts";

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

/** When an action came to its state; core reads it again. */
const timestamp = v.pipe(v.string(), v.isoTimestamp());

/** A page that a browser may be sent to: never `javascript:` and the like. */
const pageUrl = v.pipe(
  text,
  v.check((url) => /^https?:\/\//i.test(url) && URL.canParse(url)),
);

/** In states that open no page, `url` may be there and empty: that is an absence. */
const noPage = v.pipe(
  v.literal(""),
  v.transform(() => undefined),
);

/** Whose action an answer is about, where it says so. */
const subject = {
  userId: v.nullish(text),
  /** Two names of one thing: `actionCode` is the older one. */
  action: v.nullish(text),
  actionCode: v.nullish(text),
  idempotencyKey: v.nullish(text),
};

const trackAnswer = ownObject({
  ...subject,
  state: trackState,
  idempotencyKey: text,
  isEnrolled: v.boolean(),
  token: v.nullish(text),
  url: v.nullish(v.union([pageUrl, noPage])),
  enrolledVerificationMethods: v.nullish(methods),
  allowedVerificationMethods: v.nullish(methods),
  defaultVerificationMethod: v.nullish(method),
  ruleIds: v.nullish(v.pipe(v.array(text), v.maxLength(1000))),
  /** From a server of this kit, which reports ALLOW where the policy challenges and there is nothing to be challenged with. */
  requireAction: v.nullish(ownObject({ outcome: v.picklist(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"]) })),
});

/** From a server of this kit: a challenge failed as its user did not ask for the action. */
const denial = v.nullish(ownObject({ deniedByUser: v.nullish(v.boolean()) }));

const validateAnswer = ownObject({
  ...subject,
  isValid: v.boolean(),
  state: v.nullish(actionState),
  verificationMethod: v.nullish(method),
  stateUpdatedAt: v.nullish(timestamp),
  error: v.optional(v.unknown()),
  requireAction: denial,
});

const getActionAnswer = ownObject({
  ...subject,
  state: actionState,
  verificationMethod: v.nullish(method),
  stateUpdatedAt: v.nullish(timestamp),
  requireAction: denial,
});

const stateOf = {
  ALLOW: "ALLOW",
  CHALLENGE: "CHALLENGE_REQUIRED",
  REVIEW: "REVIEW_REQUIRED",
  BLOCK: "BLOCK",
} as const;

/** Reads what `track` was answered. An answer for another key is another action's, and is not believed. */
export function readTrackAnswer(body: unknown, { userId, action, attributes }: TrackRequest): TrackAnswer {
  refuseError(body);
  const { userId: ofUser, action: ofAction, actionCode, requireAction, ...answer } = read(trackAnswer, body);
  const { idempotencyKey } = answer;
  assertAbout(
    { userId, action, idempotencyKey: attributes.idempotencyKey },
    { userId: ofUser, action: ofAction, actionCode, idempotencyKey },
  );
  // Of use only where it agrees with the state: for another one it is history.
  const isCurrent = requireAction !== undefined && stateOf[requireAction.outcome] === answer.state;
  return isCurrent ? { ...answer, outcome: requireAction.outcome } : answer;
}

/**
 * Reads the answer of `validateChallenge`. A valid token must name its user and action; one of another user or action is not
 * valid here, whatever the server says of it.
 */
export function readValidateAnswer(body: unknown, request: ValidateChallengeRequest): ValidateChallengeAnswer {
  const { action: newerCode, actionCode, error: wireError, requireAction, ...answer } = read(validateAnswer, body);
  const action = newerCode ?? actionCode;
  if (actionCode !== undefined && actionCode !== action) throw unbelievable("its action and its actionCode differ");
  if (answer.isValid) refuseError(body);
  if (answer.isValid && !(answer.state && answer.userId && action && answer.idempotencyKey)) {
    throw unbelievable("it is valid without state, userId, action and idempotencyKey");
  }
  const foreign = (answer.userId ?? request.userId) !== request.userId || (action ?? request.action) !== request.action;
  if (foreign) return { isValid: false };
  const error = knownErrorCode(wireError);
  return {
    ...answer,
    ...(action !== undefined && { action }),
    ...(error !== undefined && { error }),
    ...denialOf(requireAction),
  };
}

/** Reads what `getAction` was answered. */
export function readGetActionAnswer(body: unknown, request: GetActionRequest): GetActionAnswer {
  refuseError(body);
  const { userId, action, actionCode, idempotencyKey, requireAction, ...answer } = read(getActionAnswer, body);
  assertAbout(request, { userId, action, actionCode, idempotencyKey });
  return { ...answer, ...denialOf(requireAction) };
}

function denialOf(
  requireAction: { readonly deniedByUser?: boolean | null | undefined } | undefined,
): Pick<GetActionAnswer, "deniedByUser"> {
  return requireAction?.deniedByUser === true ? { deniedByUser: true } : {};
}

/** An answer need not say which action it is about; what it does say must be true of the one that was asked for. */
function assertAbout(
  asked: GetActionRequest,
  about: { readonly [Name in keyof typeof subject]?: string | undefined },
): void {
  const { userId = asked.userId, action = asked.action, actionCode = action } = about;
  const { idempotencyKey = asked.idempotencyKey } = about;
  const isAsked =
    userId === asked.userId &&
    action === asked.action &&
    actionCode === action &&
    idempotencyKey === asked.idempotencyKey;
  if (!isAsked) throw unbelievable("it is about another action");
}

/** An answer that reports an error beside its success means one of the two, and nobody knows which. */
function refuseError(body: unknown): void {
  for (const name of ["error", "errorCode", "errorDescription"]) {
    const value = typeof body === "object" && body !== null && Object.hasOwn(body, name) && Reflect.get(body, name);
    if (value !== false && value !== null && value !== undefined) throw unbelievable(`it has a member ${name}`);
  }
}

/** The members of an object that are there: Authsignal's null is an absence. */
type Present<T> = { [Name in keyof T]: Exclude<T[Name], null | undefined> };

function read<Entries extends v.ObjectEntries>(
  schema: v.ObjectSchema<Entries, undefined>,
  body: unknown,
): Present<v.InferOutput<typeof schema>> {
  const parsed = v.safeParse(schema, bareCopy(body), { abortEarly: true });
  // The path only: the message would repeat what was received.
  if (!parsed.success) throw unbelievable(`wrong at ${v.getDotPath(parsed.issues[0]) ?? "its root"}`);
  const present = createNullProtoRecord<unknown>();
  for (const [name, value] of Object.entries(parsed.output)) {
    if (value !== null && value !== undefined) present[name] = value;
  }
  return present as Present<v.InferOutput<typeof schema>>;
}
