import type { CallOptions } from "@require-action/core";
import type { CustomFacts, FactValue } from "./policy/index.ts";
import type { TrackInput } from "./track-input.ts";
import { EngineError } from "./engine-error.ts";
import type { DecisionFacts } from "./store/store.ts";

/** What a lookup knows of an address. What it does not know it leaves out, and rules that need it do not match. */
export interface IpFacts {
  /** ISO 3166-1 alpha-2, in capitals. */
  readonly countryCode?: string | undefined;
  /** True for addresses of anonymising services. */
  readonly isAnonymous?: boolean | undefined;
}

/** Where facts come from that the engine cannot tell by itself. */
export interface FactSources {
  /**
   * Tells about an address. Called only when a rule of the action asks. If it throws, nothing is decided: a rule against
   * anonymous addresses must not be passed by a lookup that is down. Where it knows nothing of an address, it must answer
   * `undefined`: a throw is an outage to a guard, which a client could else bring about by where it comes from.
   */
  readonly ip?: (address: string, signal: AbortSignal) => IpFacts | undefined | Promise<IpFacts | undefined>;
}

const countryVariable = "ip.location.country.countryCode";

/** Asks the address lookup when a rule needs it; nothing to wait for otherwise. Rejects with an EngineError `lookup_failed`. */
export function lookUpIp(
  { ip }: FactSources,
  address: string | undefined,
  needed: ReadonlySet<string>,
  call: CallOptions,
): Promise<IpFacts | undefined> | undefined {
  if (ip === undefined || address === undefined) return undefined;
  if (!needed.has(countryVariable) && !needed.has("ip.countryCode") && !needed.has("ip.isAnonymous")) return undefined;
  return askLookup(ip, address, call.signal);
}

async function askLookup(
  ip: NonNullable<FactSources["ip"]>,
  address: string,
  signal: AbortSignal,
): Promise<IpFacts | undefined> {
  try {
    return await ip(address, signal);
  } catch {
    throw new EngineError("lookup_failed", "The lookup of the IP address failed.");
  }
}

export interface FactMaterial {
  readonly input: TrackInput;
  readonly custom: CustomFacts;
  readonly userCustom: CustomFacts;
  readonly gathered: DecisionFacts;
  readonly ip: IpFacts | undefined;
  readonly velocity: ReadonlyMap<string, FactValue>;
  readonly isEnrolled: boolean;
  readonly now: number;
}

/** Answers for one fact by name; `undefined` for what is not known. */
export function factOf(name: string, material: FactMaterial): FactValue | undefined {
  if (name.startsWith("custom.")) {
    const field = name.slice("custom.".length);
    return material.custom[field] ?? material.userCustom[field];
  }
  if (name.startsWith("velocity.")) return material.velocity.get(name.slice("velocity.".length));
  const { input, gathered, ip, now } = material;
  switch (name) {
    case "ip.address":
      return input.attributes.ipAddress;
    case "ip.isAnonymous":
      return ip?.isAnonymous;
    case countryVariable:
    case "ip.countryCode":
      return ip?.countryCode;
    case "device.id":
      return input.attributes.deviceId;
    case "device.isNew":
      // A request that names no device is on a new one, or leaving the device out would open doors.
      return gathered.device === undefined || gathered.device.invalidatedAt !== undefined;
    case "device.isRemembered":
      return gathered.device?.invalidatedAt === undefined && (gathered.device?.rememberedUntil ?? 0) > now;
    case "device.count":
      return gathered.deviceCount;
    case "user.id":
      return input.key.userId;
    case "user.email":
      return input.attributes.email ?? gathered.user?.email;
    case "user.phoneNumber":
      return input.attributes.phoneNumber ?? gathered.user?.phoneNumber;
    case "user.isEnrolled":
      return material.isEnrolled;
    case "user.hasPreviouslyVerified":
      return gathered.hasVerified;
    default:
      return undefined;
  }
}
