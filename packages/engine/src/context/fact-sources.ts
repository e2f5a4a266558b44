import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
import type { CallOptions } from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import { type IpFactName, ipFactNames, type IpKnowledge } from "../policy/unknown-facts.ts";

/** What a lookup knows of an address. What it does not know it leaves out, and rules that need it do not match. */
export interface IpFacts {
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly countryCode?: string | undefined;
  /** True for addresses of anonymising services. */
  readonly isAnonymous?: boolean | undefined;
}

/** Looks an address up. */
export type IpLookup = (address: string, signal: AbortSignal) => IpFacts | undefined | Promise<IpFacts | undefined>;

/** A lookup that gives some facts only: a database of countries knows nothing of anonymity. */
export interface IpSource {
  readonly provides: readonly IpFactName[];
  readonly lookUp: IpLookup;
}

/** Where facts come from that the engine cannot know by itself. */
export interface FactSources {
  /**
   * Looks up what rules ask about an address: a function that gives all of {@link IpFacts}, or one with the names of what it
   * gives. Without it, a policy with an active rule over such a fact is refused; `"none"` says that nothing is looked up, and
   * such facts are then unknown. Called only when a rule of the action asks. If it throws, nothing is decided: a rule against
   * anonymous addresses must not be passed by a lookup that is down. Where it knows nothing of an address, it must answer
   * `undefined`: a throw is an outage to a guard, which a client could else bring about by where it comes from.
   */
  readonly ip?: IpLookup | IpSource | "none";
}

/** The sources with nothing left open. */
export interface ParsedFacts {
  readonly ip: IpSource | "none" | undefined;
}

const ipSource = defineOptions<IpSource>({
  required: {
    provides: option.listOf(option.oneOf(ipFactNames), { of: "facts" }),
    lookUp: option.callback,
  },
  optional: {},
});
const noLookUp = option.oneOf(["none"], "or a function, or { provides, lookUp }");

/** The schema of the engine's `facts`. */
export const factsSchema: OptionsSchema<FactSources> = defineOptions<FactSources>({
  required: {},
  optional: {
    ip: option.either((given) =>
      typeof given === "function" ? option.callback : typeof given === "object" ? ipSource : noLookUp,
    ),
  },
});

/** The sources as the engine asks them. */
export function parseFacts({ ip }: FactSources = {}): ParsedFacts {
  if (typeof ip === "function") return { ip: { provides: ipFactNames, lookUp: ip } };
  return { ip };
}

/** Which facts about addresses rules can name. */
export function ipKnowledge({ ip }: ParsedFacts): IpKnowledge | undefined {
  return typeof ip === "object" ? ip.provides : ip;
}

/** The long name of the country, as Authsignal has it. */
export const countryVariable = "ip.location.country.countryCode";

/** Asks the address lookup when a rule needs it; nothing to wait for otherwise. Rejects with an EngineError `lookup_failed`. */
export function lookUpIp(
  { ip }: ParsedFacts,
  address: string | undefined,
  needed: ReadonlySet<string>,
  call: CallOptions,
): Promise<IpFacts | undefined> | undefined {
  if (typeof ip !== "object" || address === undefined) return undefined;
  if (!needed.has(countryVariable) && !needed.has("ip.countryCode") && !needed.has("ip.isAnonymous")) return undefined;
  return askLookup(ip.lookUp, address, call.signal);
}

async function askLookup(lookUp: IpLookup, address: string, signal: AbortSignal): Promise<IpFacts | undefined> {
  try {
    return await lookUp(address, signal);
  } catch {
    throw new EngineError("lookup_failed", "The lookup of the IP address failed.");
  }
}
