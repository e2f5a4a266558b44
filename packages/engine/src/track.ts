import { randomUUID } from "node:crypto";
import { type CallOptions, RequireActionError, type TrackAnswer } from "@require-action/core";
import { initialStates } from "./action-states.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { EngineContext } from "./engine-context.ts";
import { EngineError } from "./engine-error.ts";
import { type FactMaterial, factOf, lookUpIp } from "./facts.ts";
import type { CompiledAction, CustomFacts, FactValue, PolicyDecision } from "./policy/index.ts";
import type { ActionRecord, UserChanges } from "./store/records.ts";
import type { CounterBump } from "./store/store.ts";
import { areSameAttributes, type EngineTrackRequest, parseTrack, type TrackInput } from "./track-input.ts";
import { counterBump, counterFact } from "./velocity.ts";

const noFacts: CustomFacts = Object.freeze(Object.create(null));

/** Decides an action, in two trips to the store. */
export type Track = (request: EngineTrackRequest, options: CallOptions) => Promise<TrackAnswer>;

export function createTrack(context: EngineContext): Track {
  const { store, clock, limits, audit, tokens, methods, facts, baseUrl } = context;

  async function decide(input: TrackInput, signal: AbortSignal): Promise<[ActionRecord, readonly string[]]> {
    const policy = context.policy();
    const action = policy.action(input.key.action);
    if (action === undefined && policy.unknownActions === "refuse") {
      throw new EngineError("action_unknown", "The policy does not name this action.");
    }
    const custom = action?.parseCustom(input.attributes.custom ?? {}) ?? noFacts;
    const needed = action?.neededFacts ?? new Set<string>();
    const counters = (action?.counters ?? []).map(
      (plan) => [plan, counterBump(plan, input.key.userId, input.attributes, custom)] as const,
    );
    const { deviceId } = input.attributes;
    const gathered = await store.gather({
      key: input.key,
      counters: counters.map(([, bump]) => bump).filter((bump): bump is CounterBump => bump !== undefined),
      needsUser: needsUser(needed, custom),
      deviceId: needed.has("device.isNew") || needed.has("device.isRemembered") ? deviceId : undefined,
      needsDeviceCount: needed.has("device.count"),
      now: clock.now(),
    });
    if (gathered.recorded !== undefined) return [gathered.recorded, gathered.enrolledVerificationMethods];

    const ip = await lookUpIp(facts, input.attributes.ipAddress, needed, signal);
    const velocity = new Map<string, FactValue>();
    let place = 0;
    for (const [plan, bump] of counters) {
      if (bump !== undefined) velocity.set(plan.name, counterFact(plan, gathered.counters[place++] ?? 0n));
    }
    const material: FactMaterial = {
      input,
      custom,
      userCustom: gathered.user?.custom === undefined ? noFacts : policy.parseUserCustom(gathered.user.custom),
      gathered,
      ip,
      velocity,
      isEnrolled: enrolledAmong(gathered.enrolledVerificationMethods, undefined).length > 0,
      now: clock.now(),
    };
    const decision = action === undefined ? undefined : action.decide((name) => factOf(name, material));
    const outcome = decision?.outcome ?? (policy.unknownActions === "refuse" ? "BLOCK" : policy.unknownActions);
    // A caller that has gone will not learn of this action, so it is not there.
    if (signal.aborted) throw new EngineError("aborted", "The caller went away before the action was recorded.");
    const recorded = await record(input, outcome, decision, action, policy.version);
    return [recorded, gathered.enrolledVerificationMethods];
  }

  async function record(
    { key, attributes }: TrackInput,
    outcome: ActionRecord["outcome"],
    decision: PolicyDecision | undefined,
    action: CompiledAction | undefined,
    policyVersion: string,
  ): Promise<ActionRecord> {
    const now = clock.now();
    const state = initialStates[outcome];
    const allowed = decision?.verificationMethods ?? action?.verificationMethods;
    const byDefault = decision?.defaultVerificationMethod;
    const rules = decision?.matched ?? [];
    const fresh: ActionRecord = {
      ...key,
      actionId: randomUUID(),
      attributes,
      outcome,
      state,
      createdAt: now,
      stateUpdatedAt: now,
      rules: rules.map(({ ruleId, name, description }) =>
        description === undefined ? { ruleId, name } : { ruleId, name, description },
      ),
      policyVersion,
      ...(allowed === undefined ? {} : { allowedVerificationMethods: allowed }),
      ...(byDefault === undefined ? {} : { defaultVerificationMethod: byDefault }),
      ...(state === "REVIEW_REQUIRED" ? { review: { expiresAt: now + limits.reviewLifetimeMs } } : {}),
    };
    const undecided = decision?.undecided ?? [];
    const event: AuditEvent = {
      type: "action.tracked",
      at: now,
      userId: key.userId,
      action: key.action,
      actionId: fresh.actionId,
      outcome,
      state,
      policyVersion,
      ...(rules.length === 0 ? {} : { ruleIds: rules.map(({ ruleId }) => ruleId) }),
      ...(undecided.length === 0 ? {} : { undecidedRuleIds: undecided.map(({ ruleId }) => ruleId) }),
    };
    const recorded = await store.record(fresh, userChanges(attributes), event);
    if (recorded.actionId === fresh.actionId) audit.tell(event);
    return recorded;
  }

  /** The user's methods that a challenge accepts. */
  function enrolledAmong(enrolled: readonly string[], allowed: readonly string[] | undefined): readonly string[] {
    return enrolled.filter(
      (name) => methods.get(name)?.isBackup === false && (allowed === undefined || allowed.includes(name)),
    );
  }

  async function answer(action: ActionRecord, enrolled: readonly string[]): Promise<TrackAnswer> {
    const {
      state,
      outcome,
      rules,
      allowedVerificationMethods: allowed,
      defaultVerificationMethod,
      attributes,
    } = action;
    if (state !== "ALLOW" && state !== "BLOCK" && state !== "CHALLENGE_REQUIRED" && state !== "REVIEW_REQUIRED") {
      throw new EngineError("state_conflict", "The action is past its decision. Ask for it by its key.");
    }
    const usable = enrolledAmong(enrolled, allowed);
    const decided: TrackAnswer = {
      state,
      outcome,
      idempotencyKey: action.idempotencyKey,
      isEnrolled: usable.length > 0,
      enrolledVerificationMethods: usable,
      allowedVerificationMethods: [...methods.keys()].filter((name) => allowed?.includes(name) ?? true),
      ruleIds: rules.map(({ ruleId }) => ruleId),
      ...(defaultVerificationMethod === undefined ? {} : { defaultVerificationMethod }),
    };
    // Only who is to be challenged needs a token; in other states it would permit more than was decided.
    if (state !== "CHALLENGE_REQUIRED") return decided;
    const { token, expiresAt } = await tokens.issue("challenge", action, attributes.scope);
    return { ...decided, token, tokenExpiresAt: expiresAt, url: `${baseUrl}/challenge?token=${token}` };
  }

  return async (request, { signal }) => {
    const input = parseTrack(request);
    try {
      const [action, enrolled] = await decide(input, signal);
      // The very same object: this call recorded it.
      const isOwn = action.attributes === input.attributes;
      if (!isOwn && !areSameAttributes(action.attributes, input.attributes)) {
        throw new EngineError("idempotency_conflict", "The key belongs to an action with other attributes.");
      }
      return await answer(action, enrolled);
    } catch (error) {
      const { userId, action } = input.key;
      const refused: AuditEvent = { type: "action.refused", at: clock.now(), userId, action, reason: reasonOf(error) };
      // When the trail is out of reach too, what went wrong first is what the caller should learn.
      await audit.append(refused).catch(() => undefined);
      throw error;
    }
  };
}

function needsUser(needed: ReadonlySet<string>, custom: CustomFacts): boolean {
  for (const name of needed) {
    if (name === "user.email" || name === "user.phoneNumber") return true;
    if (name.startsWith("custom.") && custom[name.slice("custom.".length)] === undefined) return true;
  }
  return false;
}

/** What the application's backend tells about its user is kept with the user. */
function userChanges({ email, phoneNumber, username, locale }: ActionRecord["attributes"]): UserChanges | undefined {
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
