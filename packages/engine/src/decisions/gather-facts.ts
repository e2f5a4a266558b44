import { type CallOptions, settled, type Steps } from "@require-action/core/provider";
import type { EngineContext } from "../context/engine-context.ts";
import { lookUpIp } from "../context/fact-sources.ts";
import type { FactMaterial } from "./facts.ts";
import type { CompiledAction, CompiledPolicy, CounterPlan, CustomFacts, FactValue } from "../policy/model/types.ts";
import type { ActionRecord } from "../store/records.ts";
import type { CounterBump } from "../store/store.ts";
import type { TrackInput } from "../context/track-input.ts";
import { counterBump, counterFact } from "./velocity.ts";

const noFacts: CustomFacts = Object.freeze(Object.create(null));
const noNames: ReadonlySet<string> = new Set();

/** Either the action that the key is taken by, or all that the rules need to know. */
export type GatheredFacts = { readonly enrolled: readonly string[] } & (
  { readonly recorded: ActionRecord } | { readonly recorded: undefined; readonly material: FactMaterial }
);

/**
 * Learns what the rules of an action need, in one trip to the store: nothing is looked up that no rule names.
 * @throws PolicyInputError for data points that do not fit, EngineError `lookup_failed`
 */
export function* gatherFacts(
  { store, clock, facts, methods }: EngineContext,
  input: TrackInput,
  policy: CompiledPolicy,
  action: CompiledAction | undefined,
  call: CallOptions,
): Steps<GatheredFacts> {
  const { key, attributes } = input;
  const custom = action?.parseCustom(attributes.custom ?? {}) ?? noFacts;
  const needed = action?.neededFacts ?? noNames;
  const counted: CounterPlan[] = [];
  const bumps: CounterBump[] = [];
  for (const plan of action?.counters ?? []) {
    const bump = counterBump(plan, key.userId, attributes, custom);
    if (bump === undefined) continue;
    counted.push(plan);
    bumps.push(bump);
  }
  const gathered = yield* settled(
    store.gather({
      key,
      counters: bumps,
      needsUser: needsUser(needed, custom),
      deviceId: needed.has("device.isNew") || needed.has("device.isRemembered") ? attributes.deviceId : undefined,
      needsDeviceCount: needed.has("device.count"),
      now: clock.now(),
    }),
  );
  call.progress?.();
  const { recorded, enrolledVerificationMethods: enrolled, user } = gathered;
  if (recorded !== undefined) return { recorded, enrolled };

  const velocity = new Map<string, FactValue>();
  counted.forEach((plan, place) => velocity.set(plan.name, counterFact(plan, gathered.counters[place] ?? 0n)));
  const ip = yield* settled(lookUpIp(facts, attributes.ipAddress, needed, call));
  const material: FactMaterial = {
    input,
    custom,
    userCustom: user?.custom === undefined ? noFacts : policy.parseUserCustom(user.custom),
    gathered,
    ip,
    velocity,
    isEnrolled: enrolled.some((name) => methods.get(name)?.isBackup === false),
    now: clock.now(),
  };
  return { recorded, enrolled, material };
}

/** What is not in the request may be kept with the user. */
function needsUser(needed: ReadonlySet<string>, custom: CustomFacts): boolean {
  for (const name of needed) {
    if (name === "user.email" || name === "user.phoneNumber") return true;
    if (name.startsWith("custom.") && custom[name.slice("custom.".length)] === undefined) return true;
  }
  return false;
}
