import { domainToASCII } from "node:url";

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
