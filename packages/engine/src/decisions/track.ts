import { RequireActionError } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import {
  type Awaitable,
  type CallOptions,
  isAborted,
  orElse,
  type Outcome,
  type TrackAnswer,
  whenSettled,
} from "@require-action/core/provider";
import { isOverdue } from "../actions/transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { areSameAttributes, type EngineTrackRequest, parseTrack, type TrackInput } from "../context/track-input.ts";
import { EngineError } from "../lib/engine-error.ts";
import { type ProfileField, unreadableField } from "../lib/profile.ts";
import { decidedId } from "../receipts/entries.ts";
import type { DeviceMemory, DeviceSecret } from "../context/remembered-devices.ts";
import type { CompiledAction, CompiledPolicy, PolicyDecision } from "../policy/model/types.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import { initialStates } from "../store/tracked-event.ts";
import type { ActionRecord, RecordedAttributes, UserChanges } from "../store/records.ts";
import { type FactMaterial, factOf, recordedFacts } from "./facts.ts";
import { gatherFacts } from "./gather-facts.ts";
import { newActionRecord, trackedEvent } from "./new-action.ts";

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

const none: readonly never[] = Object.freeze([]);

const MAX_DETAIL = 300;

/** The methods that send codes to what the application says of its user. */
const channelsOf: Readonly<Partial<Record<ProfileField, readonly string[]>>> = {
  email: ["EMAIL_OTP", "EMAIL_MAGIC_LINK"],
  phoneNumber: ["SMS", "WHATSAPP"],
};

interface TrackOptions extends CallOptions {
  /** Makes a challenge of what would be allowed: for a user whose proof is at hand. */
  readonly alwaysChallenges?: boolean;
}

/** Decides an action, in two trips to the store. */
export type Track = (request: EngineTrackRequest, options: TrackOptions) => Awaitable<TrackAnswer>;

/** What a decision is kept of. */
interface DecidedSubject {
  readonly input: TrackInput;
  readonly policy: CompiledPolicy;
  readonly action: CompiledAction | undefined;
  readonly decision: PolicyDecision | undefined;
  readonly outcome: Outcome;
  readonly enrolled: readonly string[];
  readonly material: FactMaterial;
  readonly startedAt: number;
}

interface Decided {
  readonly action: ActionRecord;
  readonly enrolled: readonly string[];
  /** Where a device stood in for the challenge of this very call. */
  readonly renewed?: DeviceSecret | undefined;
}

export function createTrack(context: EngineContext, devices: Pick<DeviceMemory, "use">): Track {
  const { store, clock, limits, audit, tokens, methods, baseUrl, receipts } = context;
  const all: readonly string[] = Object.freeze([...methods.keys()]);

  function decide(input: TrackInput, options: TrackOptions): Awaitable<Decided> {
    const startedAt = clock.now();
    const policy = context.policy();
    const action = policy.action(input.key.action);
    if (action === undefined && policy.unknownActions === "refuse") {
      context.declared.refused(input.key.action, policy);
      throw new EngineError("action_unknown", "The policy does not name this action.");
    }
    if (input.unreadable.length > 0 || input.structured.length > 0) leaveOut(input, action);
    return whenSettled(gatherFacts(context, { input, policy, action, startedAt }, options), (gathered) => {
      const { enrolled, recorded, material } = gathered;
      if (recorded !== undefined) return { action: recorded, enrolled };
      const decision = action?.decide((name) => factOf(name, material));
      const byDefault = policy.unknownActions === "refuse" ? "BLOCK" : policy.unknownActions;
      const outcome = decision?.outcome ?? byDefault;
      const subject: DecidedSubject = { input, policy, action, decision, outcome, enrolled, material, startedAt };
      return outcome === "CHALLENGE" && options.alwaysChallenges !== true
        ? whenSettled(rememberedDevice(input, decision), (device) => keep(subject, device, options))
        : keep(subject, undefined, options);
    });
  }

  /** Keeps the action that was decided, unless its key has been taken meanwhile. */
  function keep(
    { input, policy, action, decision, outcome, enrolled, material, startedAt }: DecidedSubject,
    device: Awaited<ReturnType<DeviceMemory["use"]>>,
    options: TrackOptions,
  ): Awaitable<Decided> {
    const decided = device === undefined ? outcome : "ALLOW";
    const fresh = newActionRecord({
      input,
      outcome: options.alwaysChallenges === true && outcome === "ALLOW" ? "CHALLENGE" : decided,
      rememberedDeviceId: device?.deviceId,
      decision,
      enrolled,
      facts: action && recordedFacts(policy, action, material),
      shownDataPoints: policy.shownDataPoints("action"),
      policyVersion: policy.version,
      reviewRules: action?.review,
      hasReceipt: receipts !== undefined,
      reviewLifetimeMs: limits.reviewLifetimeMs,
      startedAt,
      now: material.now,
    });
    // A caller that has gone will not learn of this action, so it is not there.
    if (isAborted(options)) throw new EngineError("aborted", "The caller aborted before the action was recorded.");
    const event = trackedEvent(fresh, decision?.undecided);
    return whenSettled(store.record(fresh, userChanges(input.attributes), event), (kept) => {
      if (kept.actionId === fresh.actionId) audit.emit(event);
      return { action: kept, enrolled, renewed: device?.renewed };
    });
  }

  /** The device that stands in for the challenge that the policy decided, where it says that one may. */
  function rememberedDevice(
    { key: { userId }, attributes, deviceSecret }: TrackInput,
    decision: PolicyDecision | undefined,
  ): ReturnType<DeviceMemory["use"]> | undefined {
    // With a scope, ALLOW has a token that changes factors: never without a proof.
    if (deviceSecret === undefined || decision?.rememberDays === undefined || attributes.scope !== undefined) {
      return undefined;
    }
    const { rememberDays: days, verificationMethods } = decision;
    return devices.use({ userId, secret: deviceSecret, days, verificationMethods });
  }

  /** What nothing needs stops nobody's request; what a rule names, or a method sends codes to, must be mended. */
  function leaveOut(
    { key: { userId, action: code }, unreadable, structured }: TrackInput,
    action: CompiledAction | undefined,
  ): void {
    const drop = (reason: string): void =>
      audit.emit({ type: "attribute.dropped", at: clock.now(), userId, action: code, reason });
    for (const name of structured) {
      const isSummed = action?.counters.some(({ field }) => field === name) ?? false;
      if (isSummed || action?.neededFacts.has(`custom.${name}`)) {
        throw new EngineError("request_invalid", `custom.${name} must be a text, a number or a boolean.`, {
          field: "custom",
        });
      }
      drop(`custom.${name}`);
    }
    for (const name of unreadable) {
      const isAccepted = (channelsOf[name] ?? []).some(
        (method) => methods.has(method) && (action?.verificationMethods?.includes(method) ?? true),
      );
      if (isAccepted || action?.neededFacts.has(`user.${name}`)) throw unreadableField(name);
      drop(name);
    }
  }

  function answer({ action, enrolled, renewed }: Decided): TrackAnswer {
    const { rememberedDeviceId: deviceId } = action;
    const { state, outcome, rules, allowedVerificationMethods: allowed, defaultVerificationMethod } = action;
    if (!isUndone(state) || (state === "REVIEW_REQUIRED" && isOverdue(action, clock.now()))) {
      throw new EngineError(
        "state_conflict",
        "The action has already been challenged or reviewed. Get it by its idempotency key.",
      );
    }
    const offered = allowed === undefined ? all : all.filter((name) => allowed.includes(name));
    const usable =
      enrolled.length === 0
        ? none
        : offered.filter((name) => enrolled.includes(name) && methods.get(name)?.isBackup === false);
    // Built up rather than spread together, as every decision passes here.
    const decided: Mutable<TrackAnswer> = {
      state,
      idempotencyKey: action.idempotencyKey,
      isEnrolled: usable.length > 0,
      enrolledVerificationMethods: usable,
      allowedVerificationMethods: offered,
      ruleIds: rules.length === 0 ? none : rules.map(({ ruleId }) => ruleId),
    };
    // Of an action that was moved since, the outcome is history.
    if (initialStates[outcome] === state) decided.outcome = outcome;
    if (receipts !== undefined && state === "ALLOW")
      Object.assign(decided, { receipt: decidedId(action) }, receipts.ofAllow);
    if (defaultVerificationMethod !== undefined) decided.defaultVerificationMethod = defaultVerificationMethod;
    if (state === "ALLOW" && deviceId !== undefined) decided.rememberedDeviceId = deviceId;
    if (renewed !== undefined) {
      decided.deviceSecret = renewed.secret;
      decided.deviceSecretExpiresAt = renewed.expiresAt;
    }
    // Who is allowed needs no token, unless the backend says what of the factors it is for. In other states it would permit
    // more than was decided.
    if (state === "CHALLENGE_REQUIRED") addToken("challenge", decided, action);
    if (state === "ALLOW" && action.attributes.scope !== undefined) addToken("factors", decided, action);
    return decided;
  }

  function addToken(kind: "challenge" | "factors", decided: Mutable<TrackAnswer>, action: ActionRecord): void {
    const { token, expiresAt } = tokens.issue(kind, action, action.attributes.scope);
    decided.token = token;
    decided.tokenExpiresAt = expiresAt;
    decided.url = `${baseUrl}/challenge?token=${token}`;
  }

  function answerTo(input: TrackInput, decided: Decided): TrackAnswer {
    const { attributes } = decided.action;
    // The very same object was recorded by this call.
    if (attributes !== input.attributes && !areSameAttributes(attributes, input.attributes)) {
      throw new EngineError("idempotency_conflict", "The idempotency key belongs to an action with other attributes.");
    }
    return answer(decided);
  }

  async function refuse({ key: { userId, action } }: TrackInput, error: unknown): Promise<never> {
    const refused: AuditEvent = {
      type: "action.refused",
      at: clock.now(),
      userId,
      action,
      reason: reasonOf(error),
      ...detailOf(error),
    };
    // When the trail is out of reach too, what went wrong first is what the caller should learn.
    await audit.append(refused).catch(() => undefined);
    throw error;
  }

  return (request, options) => {
    const input = parseTrack(request);
    return orElse(
      () => whenSettled(decide(input, options), (decided) => answerTo(input, decided)),
      (error) => refuse(input, error),
    );
  };
}

function isUndone(state: ActionRecord["state"]): state is TrackAnswer["state"] {
  return state === "ALLOW" || state === "BLOCK" || state === "CHALLENGE_REQUIRED" || state === "REVIEW_REQUIRED";
}

/** What the application's backend says about its user is kept with the user. */
function userChanges({ email, phoneNumber, username, locale }: RecordedAttributes): UserChanges | undefined {
  if (email === undefined && phoneNumber === undefined && username === undefined) return undefined;
  return {
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(username === undefined ? {} : { username }),
    ...(locale === undefined ? {} : { locale }),
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof EngineError) return error.reason;
  return error instanceof RequireActionError ? error.code : "internal";
}

/** What an attribute that is at fault must be, so that whoever watches need not look it up. */
function detailOf(error: unknown): Pick<AuditEvent, "detail"> {
  if (!(error instanceof RequireActionError) || memberOf(error, "field") === undefined) return {};
  return { detail: error.detail.slice(0, MAX_DETAIL) };
}
