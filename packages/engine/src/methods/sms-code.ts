import type { Delivery } from "../delivery.ts";
import { isPhoneNumber } from "../track-input.ts";
import type { Channel } from "./delivered-code.ts";

/**
 * Codes by SMS: low strength, since a number can be ported and its network tapped.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.3
 */
export function smsChannel(send: NonNullable<Delivery["sendSms"]>): Channel {
  return { name: "SMS", strength: "low", field: "phoneNumber", isAddress: isPhoneNumber, send };
}
