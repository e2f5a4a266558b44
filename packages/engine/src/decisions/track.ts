import { RequireActionError } from "@require-action/core";
import { memberOf } from "@require-action/core/options";
import {
  type Awaitable,
  type CallOptions,
  isAborted,
  runSteps,
  settled,
  type Steps,
  type TrackAnswer,
} from "@require-action/core/provider";
import { isOverdue } from "../actions/transitions.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { areSameAttributes, type EngineTrackRequest, parseTrack, type TrackInput } from "../context/track-input.ts";
import { EngineError } from "../lib/engine-error.ts";
import { type ProfileField, unreadableField } from "../lib/profile.ts";
import { decidedId } from "../receipts/entries.ts";
import type { DeviceMemory, DeviceSecret } from "../context/remembered-devices.ts";
import type { CompiledAction, PolicyDecision } from "../policy/model/types.ts";
import type { AuditEvent } from "../store/audit-event.ts";
import { initialStates } from "../store/tracked-event.ts";
import type { ActionRecord, RecordedAttributes, UserChanges } from "../store/records.ts";
import { factOf, recordedFacts } from "./facts.ts";
import { gatherFacts } from "./gather-facts.ts";
import { newActionRecord, trackedEvent } from "./new-action.ts";

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

interface Decided {
  readonly action: ActionRecord;
  readonly enrolled: readonly string[];
  /** Where a device stood in for the challenge of this very call. */
  readonly renewed?: DeviceSecret | undefined;
}

export function createTrack(context: EngineContext, devices: Pick<DeviceMemory, "use">): Track {
  const { store, clock, limits, audit, tokens, methods, baseUrl, receipts } = context;
  const all: readonly string[] = Object.freeze([...methods.keys()]);

  function* decide(input: TrackInput, options: TrackOptions): Steps<Decided> {
    const startedAt = clock.now();
    const policy = context.policy();
    const action = policy.action(input.key.action);
    if (action === undefined && policy.unknownActions === "refuse") {
      context.declared.refused(input.key.action, policy);
      throw new EngineError("action_unknown", "The policy does not name this action.");
    }
    if (input.unreadable.length > 0 || input.structured.length > 0) leaveOut(input, action);
    const gathered = yield* gatherFacts(context, input, policy, action, options);
    const { enrolled } = gathered;
    if (gathered.recorded !== undefined) return { action: gathered.recorded, enrolled };

    const decision = action?.decide((name) => factOf(name, gathered.material));
    const byDefault = policy.unknownActions === "refuse" ? "BLOCK" : policy.unknownActions;
    const outcome = decision?.outcome ?? byDefault;
    const device =
      outcome === "CHALLENGE" && options.alwaysChallenges !== true
        ? yield* rememberedDevice(input, decision)
        : undefined;
    const decided = device === undefined ? outcome : "ALLOW";
    const fresh = newActionRecord({
      input,
      outcome: options.alwaysChallenges === true && outcome === "ALLOW" ? "CHALLENGE" : decided,
      rememberedDeviceId: device?.deviceId,
      decision,
      enrolled,
      facts: action && recordedFacts(policy, action, gathered.material),
      shownDataPoints: policy.shownDataPoints("action"),
      policyVersion: policy.version,
      reviewRules: action?.review,
      hasReceipt: receipts !== undefined,
      reviewLifetimeMs: limits.reviewLifetimeMs,
      startedAt,
      now: clock.now(),
    });
    // A caller that has gone will not learn of this action, so it is not there.
    if (isAborted(options)) throw new EngineError("aborted", "The caller aborted before the action was recorded.");
    const event = trackedEvent(fresh, decision?.undecided);
    const kept = yield* settled(store.record(fresh, userChanges(input.attributes), event));
    if (kept.actionId === fresh.actionId) audit.emit(event);
    return { action: kept, enrolled, renewed: device?.renewed };
  }

  /** The device that stands in for the challenge that the policy decided, where it says that one may. */
  function* rememberedDevice(
    { key: { userId }, attributes, deviceSecret }: TrackInput,
    decision: PolicyDecision | undefined,
  ): Steps<Awaited<ReturnType<DeviceMemory["use"]>>> {
    // With a scope, ALLOW has a token that changes factors: never without a proof.
    if (deviceSecret === undefined || decision?.rememberDays === undefined || attributes.scope !== undefined) {
      return undefined;
    }
    const { rememberDays: days, verificationMethods } = decision;
    return yield* settled(devices.use({ userId, secret: deviceSecret, days, verificationMethods }));
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
    if (!isUndone(state) || isOverdue(action, clock.now())) {
      throw new EngineError(
        "state_conflict",
        "The action has already been challenged or reviewed. Get it by its idempotency key.",
      );
    }
    const offered = allowed === undefined ? all : all.filter((name) => allowed.includes(name));
    const usable = offered.filter((name) => enrolled.includes(name) && methods.get(name)?.isBackup === false);
    const decided: TrackAnswer = {
      state,
      idempotencyKey: action.idempotencyKey,
      isEnrolled: usable.length > 0,
      enrolledVerificationMethods: usable,
      allowedVerificationMethods: offered,
      ruleIds: rules.length === 0 ? none : rules.map(({ ruleId }) => ruleId),
      // Of an action that was moved since, the outcome is history.
      ...(initialStates[outcome] === state ? { outcome } : {}),
      ...(receipts === undefined || state !== "ALLOW" ? {} : { receipt: decidedId(action), ...receipts.ofAllow }),
      ...(defaultVerificationMethod === undefined ? {} : { defaultVerificationMethod }),
      ...(state === "ALLOW" && deviceId !== undefined ? { rememberedDeviceId: deviceId } : {}),
      ...(renewed === undefined ? {} : { deviceSecret: renewed.secret, deviceSecretExpiresAt: renewed.expiresAt }),
    };
    if (state === "CHALLENGE_REQUIRED") return withToken("challenge", decided, action);
    // Who is allowed needs none, unless the backend says what of the factors it is for. In other states it would permit more
    // than was decided.
    if (state === "ALLOW" && action.attributes.scope !== undefined) return withToken("factors", decided, action);
    return decided;
  }

  function withToken(kind: "challenge" | "factors", decided: TrackAnswer, action: ActionRecord): TrackAnswer {
    const { token, expiresAt } = tokens.issue(kind, action, action.attributes.scope);
    return { ...decided, token, tokenExpiresAt: expiresAt, url: `${baseUrl}/challenge?token=${token}` };
  }

  function* track(request: EngineTrackRequest, options: TrackOptions): Steps<TrackAnswer> {
    const input = parseTrack(request);
    try {
      const decided = yield* decide(input, options);
      const { attributes } = decided.action;
      // The very same object was recorded by this call.
      if (attributes !== input.attributes && !areSameAttributes(attributes, input.attributes)) {
        throw new EngineError(
          "idempotency_conflict",
          "The idempotency key belongs to an action with other attributes.",
        );
      }
      return answer(decided);
    } catch (error) {
      const { userId, action } = input.key;
      const refused: AuditEvent = {
        type: "action.refused",
        at: clock.now(),
        userId,
        action,
        reason: reasonOf(error),
        ...detailOf(error),
      };
      // When the trail is out of reach too, what went wrong first is what the caller should learn.
      yield* settled(audit.append(refused).catch(() => undefined));
      throw error;
    }
  }

  return (request, options) => runSteps(track(request, options));
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
