import { domainToASCII } from "node:url";
import ipaddr from "ipaddr.js";

const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_PART_LENGTH = 64;

// One mailbox and nothing else: no list, no display name, no quoting, nothing that could end a header.
const ADDRESS = /^[^\s@,;:<>()[\]\\"]+@[^\s@,;:<>()[\]\\"]+\.[^\s@,;:<>()[\]\\".]+$/u;

/** True for one plain e-mail address. */
export function isEmailAddress(value: unknown): value is string {
  return (
    typeof value === "string" &&
    value.length <= MAX_ADDRESS_LENGTH &&
    value.indexOf("@") <= MAX_LOCAL_PART_LENGTH &&
    value.isWellFormed() &&
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    !/[\u0000-\u001f\u007f-\u009f]/.test(value) &&
    ADDRESS.test(value)
  );
}

/** E.164: a plus sign, and 7 to 15 digits. */
const PHONE_NUMBER = /^\+[1-9]\d{6,14}$/;

/** True for a telephone number in E.164. */
export function isPhoneNumber(value: unknown): value is string {
  return typeof value === "string" && PHONE_NUMBER.test(value);
}

/** Where dots in front of the `@` mean nothing, and one mailbox has two domains. */
const DOTLESS: ReadonlySet<string> = new Set(["gmail.com", "googlemail.com"]);

/**
 * Names the mailbox or telephone that an address leads to, the same for every way of writing it: letter case, composed and
 * full-width characters, a domain in Unicode or in Punycode, a `+tag`, spaces and dots in a number. For counting only: codes go
 * to the address as it was recorded, and two addresses of one mailbox are still two addresses.
 */
export function mailboxOf(address: string): string {
  const text = address.normalize("NFKC");
  const at = text.lastIndexOf("@");
  if (at < 0) return text.replaceAll(/\D/g, "");
  const written = text.slice(at + 1);
  const domain = domainToASCII(written) || written.toLowerCase();
  const [name = ""] = text.slice(0, at).toLowerCase().split("+", 1);
  // A name that is nothing but a tag is a name.
  const local = name === "" ? text.slice(0, at).toLowerCase() : name;
  return DOTLESS.has(domain) ? `${local.replaceAll(".", "")}@gmail.com` : `${local}@${domain}`;
}

/**
 * The network that an address is counted under: an IPv4 address is itself, also when written as IPv6; of an IPv6
 * address it is the /64, since one customer has all of that.
 */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address.split("%", 1)[0] ?? address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}
