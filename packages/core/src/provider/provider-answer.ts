import { bareOptions, createNullProtoRecord, isPlainRecord, ownObject } from "../lib/own-members.ts";
import * as v from "valibot";
import { ProviderError } from "../reply/errors.ts";
import { isDeviceSecret } from "../lib/device-cookie.ts";
import { actionStates, type GetActionAnswer, type TrackAnswer, type ValidateChallengeAnswer } from "./provider.ts";

const text = v.pipe(v.string(), v.minLength(1));
/** A time that `Date` reads too: it knows fewer spellings of ISO 8601. */
const timestamp = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.check((time) => Number.isFinite(Date.parse(time))),
);
const methods = v.optional(v.array(v.string()));

/** Authsignal's documentation says REVIEW where its API says REVIEW_REQUIRED. */
const reviewAlias = v.pipe(
  v.literal("REVIEW"),
  v.transform(() => "REVIEW_REQUIRED" as const),
);
const actionState = v.union([v.picklist(actionStates), reviewAlias]);

const trackAnswer = v.pipe(
  ownObject({
    state: v.union([v.picklist(["ALLOW", "BLOCK", "CHALLENGE_REQUIRED", "REVIEW_REQUIRED"]), reviewAlias]),
    idempotencyKey: text,
    token: v.optional(text),
    url: v.optional(text),
    isEnrolled: v.boolean(),
    enrolledVerificationMethods: methods,
    allowedVerificationMethods: methods,
    defaultVerificationMethod: v.optional(v.string()),
    outcome: v.optional(v.picklist(["ALLOW", "CHALLENGE", "REVIEW", "BLOCK"])),
    tokenExpiresAt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    ruleIds: v.optional(v.array(v.string())),
    rememberedDeviceId: v.optional(text),
    deviceSecret: v.optional(v.pipe(v.string(), v.check(isDeviceSecret))),
    deviceSecretExpiresAt: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
    receipt: v.optional(text),
    recordsExecution: v.optional(v.boolean()),
  }),
  v.check(({ state, token }) => state !== "CHALLENGE_REQUIRED" || token !== undefined, "a challenge without a token"),
  v.check(
    ({ state, rememberedDeviceId }) => state === "ALLOW" || rememberedDeviceId === undefined,
    "a remembered device without ALLOW",
  ),
  // A state that contradicts its outcome is nonsense, and nonsense never proceeds.
  v.check(
    ({ state, outcome }) => outcome === undefined || outcomeOf[state] === outcome,
    "a state other than its outcome's",
  ),
);

const outcomeOf = {
  ALLOW: "ALLOW",
  BLOCK: "BLOCK",
  CHALLENGE_REQUIRED: "CHALLENGE",
  REVIEW_REQUIRED: "REVIEW",
} as const;

const validateAnswer = ownObject({
  isValid: v.boolean(),
  state: v.optional(actionState),
  userId: v.optional(v.string()),
  action: v.optional(v.string()),
  idempotencyKey: v.optional(v.string()),
  verificationMethod: v.optional(v.string()),
  stateUpdatedAt: v.optional(timestamp),
  deniedByUser: v.optional(v.boolean()),
  receipt: v.optional(text),
  error: v.optional(v.string()),
});

const getAnswer = ownObject({
  state: actionState,
  verificationMethod: v.optional(v.string()),
  stateUpdatedAt: v.optional(timestamp),
  deniedByUser: v.optional(v.boolean()),
  receipt: v.optional(text),
});

/** Parses what `track` answered to the key that was sent. Throws `provider_answer_invalid` for anything else. */
export function parseTrackAnswer(answer: unknown, sentKey: string): TrackAnswer {
  const allowed = typeof answer === "object" && answer !== null ? readAllowed(answer, sentKey) : undefined;
  if (allowed !== undefined) return allowed;
  const parsed = parseAnswer(trackAnswer, answer, "track");
  if (parsed.idempotencyKey !== sentKey) {
    throw new ProviderError("provider_answer_invalid", "track answered for another idempotency key");
  }
  return parsed;
}

/**
 * Reads what most decisions are: ALLOW, with no more members of its own than these, each as the schema has it. Anything else is the
 * schema's to judge, which costs four times as much.
 */
function readAllowed(answer: object, sentKey: string): TrackAnswer | undefined {
  if (!isPlainRecord(answer)) return undefined;
  const read = createNullProtoRecord<unknown>() as { -readonly [Name in keyof TrackAnswer]: TrackAnswer[Name] };
  for (const name of Object.keys(answer)) {
    const value = answer[name];
    switch (name) {
      case "state":
      case "outcome":
        if (value !== "ALLOW") return undefined;
        read[name] = value;
        break;
      case "idempotencyKey":
        if (value !== sentKey || sentKey === "") return undefined;
        read.idempotencyKey = sentKey;
        break;
      case "isEnrolled":
      case "recordsExecution":
        if (typeof value !== "boolean") return undefined;
        read[name] = value;
        break;
      case "receipt":
        if (typeof value !== "string" || value === "") return undefined;
        read.receipt = value;
        break;
      case "ruleIds":
      case "enrolledVerificationMethods":
      case "allowedVerificationMethods":
        if (!areTexts(value)) return undefined;
        read[name] = value;
        break;
      default:
        return undefined;
    }
  }
  // What is missing, a record that inherits nothing does not have from elsewhere.
  const isWhole = read.state !== undefined && read.idempotencyKey !== undefined && read.isEnrolled !== undefined;
  return isWhole ? read : undefined;
}

function areTexts(value: unknown): value is readonly string[] {
  if (!Array.isArray(value)) return false;
  for (const text of value as readonly unknown[]) if (typeof text !== "string") return false;
  return true;
}

/** Parses what `validateChallenge` answered. Throws `provider_answer_invalid` for anything but its shape. */
export function parseValidateChallengeAnswer(answer: unknown): ValidateChallengeAnswer {
  return parseAnswer(validateAnswer, answer, "validateChallenge");
}

/** Parses what `getAction` answered; `undefined` for an action unknown to the provider. */
export function parseGetActionAnswer(answer: unknown): GetActionAnswer | undefined {
  return answer === undefined ? undefined : parseAnswer(getAnswer, answer, "getAction");
}

function parseAnswer<Schema extends v.GenericSchema>(
  schema: Schema,
  answer: unknown,
  verb: string,
): Exact<v.InferOutput<Schema>> {
  // One level deep is enough: below it, answers have lists of texts.
  const result = v.safeParse(schema, bareOptions(answer), { abortEarly: true });
  if (result.success) return bareOptions(result.output) as Exact<v.InferOutput<Schema>>;
  // The path only: a provider's answer may hold tokens.
  const [issue] = result.issues;
  throw new ProviderError(
    "provider_answer_invalid",
    `${verb} answered something else at ${v.getDotPath(issue) ?? "its root"}`,
  );
}

/** JSON has no undefined members. */
type Exact<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };
