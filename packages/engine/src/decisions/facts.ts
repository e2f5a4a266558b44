import { createNullProtoRecord } from "@require-action/core/options";
import { countryVariable, type IpFacts } from "../context/fact-sources.ts";
import type { TrackInput } from "../context/track-input.ts";
import type { CompiledAction, CompiledPolicy, CustomFacts, FactValue } from "../policy/model/types.ts";
import type { RecordedAttributes, RecordedFacts } from "../store/records.ts";
import type { DecisionFacts } from "../store/store.ts";

/** What one decision knows: the request, the user, and what was looked up and counted for it. */
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

/** A request, as far as it holds facts by itself. */
export interface FactRequest {
  readonly userId: string;
  readonly attributes: RecordedAttributes;
  /** The action's data points, read. */
  readonly custom: CustomFacts;
}

/**
 * What a request says by itself about a fact: its value, `null` where that leaves it unknown, `undefined` where more than the
 * request has to be looked at. In keeping with `factOf`, which has all.
 */
export function factOfRequest(name: string, { userId, attributes, custom }: FactRequest): FactValue | null | undefined {
  const { ipAddress, deviceId, email, phoneNumber } = attributes;
  if (name.startsWith("custom.")) return custom[name.slice("custom.".length)];
  switch (name) {
    case "user.id":
      return userId;
    case "user.email":
      return email;
    case "user.phoneNumber":
      return phoneNumber;
    case "ip.address":
      return ipAddress ?? null;
    case "device.id":
      return deviceId ?? null;
    case "device.isNew":
      return deviceId === undefined ? true : undefined;
    case "device.isRemembered":
      return deviceId === undefined ? false : undefined;
    default:
      // What is looked up by the address.
      return name.startsWith("ip.") && ipAddress === undefined ? null : undefined;
  }
}

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
