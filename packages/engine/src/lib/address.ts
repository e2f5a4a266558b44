import { domainToASCII } from "node:url";
import later from "#load-later";
import { isSameMailbox } from "./mailbox.ts";

/** True where two addresses, which have been read, are one to whoever types them. Codes go to the one that was vouched for. */
export function isSameAddress(one: string, other: string): boolean {
  return one === other || isSameMailbox(one, other);
}

/** Enough of an address or number for its owner to know it by: `a•••@mail.example`, `••• 789`. */
export function maskedAddress(address: string): string {
  const at = address.lastIndexOf("@");
  return at < 0
    ? `\u2022\u2022\u2022 ${address.slice(-3)}`
    : `${address.slice(0, 1)}\u2022\u2022\u2022${address.slice(at)}`;
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
  const ipaddr = later.ipaddr();
  const parsed = ipaddr.process(address.split("%", 1)[0] ?? address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}
