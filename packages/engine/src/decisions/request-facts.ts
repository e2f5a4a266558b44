import type { CustomFacts, FactValue } from "../policy/model/types.ts";
import type { RecordedAttributes } from "../store/records.ts";

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
