import { type FactMaterial, factOf } from "./facts.ts";
import type { FactValue } from "./policy/index.ts";
import { factOfRequest } from "./request-facts.ts";

/** Facts as they are kept with an action: by variable, `null` for one that was asked for and not known. */
export type RecordedFacts = Readonly<Record<string, FactValue | null>>;

/**
 * What the rules of an action were told and its attributes do not tell, so that the decision can be made again;
 * `undefined` when that is nothing.
 */
export function recordedFacts(needed: ReadonlySet<string>, material: FactMaterial): RecordedFacts | undefined {
  const { input, custom } = material;
  const request = { userId: input.key.userId, attributes: input.attributes, custom };
  let facts: Record<string, FactValue | null> | undefined;
  for (const name of needed) {
    if (factOfRequest(name, request) !== undefined) continue;
    const fact = factOf(name, material) ?? null;
    // JSON has no word for the sum that overflowed: better not recorded than recorded as unknown.
    if (typeof fact === "number" && !Number.isFinite(fact)) continue;
    facts ??= {};
    facts[name] = fact;
  }
  return facts;
}
