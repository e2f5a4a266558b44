import { countryVariable, type IpFacts } from "../context/fact-sources.ts";
import type { TrackInput } from "../context/track-input.ts";
import type { CustomFacts, FactValue } from "../policy/model/types.ts";
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
