import { type FactMaterial, factOf } from "./facts.ts";
import type { CompiledAction, CompiledPolicy, FactValue } from "../policy/model/types.ts";
import { createNullProtoRecord } from "@require-action/core/options";
import type { RecordedFacts } from "../store/records.ts";

/** What every request holds by itself, as `factOfRequest` has it. */
const OF_REQUEST: ReadonlySet<string> = new Set(["user.id", "ip.address", "device.id"]);

const candidates = new WeakMap<CompiledAction, readonly string[]>();

/**
 * What the rules of an action saw and its attributes do not hold, so that the decision can be made again;
 * `undefined` when that is nothing.
 */
export function recordedFacts(
  policy: CompiledPolicy,
  action: CompiledAction,
  material: FactMaterial,
): RecordedFacts | undefined {
  const { email, phoneNumber } = material.input.attributes;
  let facts: Record<string, FactValue | null> | undefined;
  for (const name of candidatesOf(policy, action)) {
    if (name === "user.email" && email !== undefined) continue;
    if (name === "user.phoneNumber" && phoneNumber !== undefined) continue;
    const fact = factOf(name, material) ?? null;
    // JSON has no word for the sum that overflowed: better not recorded than recorded as unknown.
    if (typeof fact === "number" && !Number.isFinite(fact)) continue;
    facts ??= createNullProtoRecord<FactValue | null>();
    facts[name] = fact;
  }
  return facts;
}

/** The facts to look at, sorted out once for each action, as every decision passes here. */
function candidatesOf({ userDataPoints }: CompiledPolicy, action: CompiledAction): readonly string[] {
  const known = candidates.get(action);
  if (known !== undefined) return known;
  const names = [...action.neededFacts].filter((name) => {
    const field = /^custom\.(.*)$/.exec(name)?.[1];
    return field === undefined ? !OF_REQUEST.has(name) : userDataPoints.has(field);
  });
  candidates.set(action, names);
  return names;
}
