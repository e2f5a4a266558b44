import type { Delivery } from "../delivery.ts";
import { isEmailAddress } from "../email-address.ts";
import type { Channel } from "./delivered-code.ts";

/**
 * Codes by e-mail: low strength, since whoever reads the mailbox has them. A policy refuses them by not listing them.
 * @see https://pages.nist.gov/800-63-4/sp800-63b.html section 3.1.3.1
 */
export function emailChannel(send: NonNullable<Delivery["sendEmail"]>): Channel {
  return { name: "EMAIL_OTP", strength: "low", field: "email", isAddress: isEmailAddress, send };
}
