import { domainToASCII } from "node:url";
import { asciiWidth, hasInvisible } from "./typed-text.ts";

/** Octets (RFC 5321 section 4.5.3.1, as RFC 6531 section 3.3 counts them). */
const MAX_OCTETS = 254;
const MAX_LOCAL_OCTETS = 64;

// One mailbox and nothing else: no list, no display name, no quoting, nothing that could end a header.
const LOCAL_PART = /^[^\s@,;:<>()[\]\\"]+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** The full stops of East Asian keyboards, which part the labels of a domain as a dot does (UTS 46 section 2.3). */
const FULL_STOPS = /[\u3002\uff61]/g;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Reads one plain mailbox (RFC 5321 section 4.1.2, with the letters of RFC 6531), and returns it in the spelling that it was
 * given in, composed, without fullwidth forms and the space that keyboards leave at either end.
 *
 * `undefined` for anything else, and for what nobody should send codes to: a quoted local part, which simple senders take for
 * two recipients, an address literal, a domain of one label, and invisible letters, by which two mailboxes look like one.
 */
export function parseMailbox(given: unknown): string | undefined {
  if (typeof given !== "string" || given.length > 2 * MAX_OCTETS || !given.isWellFormed()) return undefined;
  const wide = asciiWidth(given.trim()).normalize("NFC");
  const at = wide.indexOf("@");
  const text = wide.slice(0, at) + wide.slice(at).replaceAll(FULL_STOPS, ".");
  const local = text.slice(0, Math.max(at, 0));
  if (Buffer.byteLength(text) > MAX_OCTETS || Buffer.byteLength(local) > MAX_LOCAL_OCTETS) return undefined;
  if (!LOCAL_PART.test(local) || CONTROL.test(text) || hasInvisible(text)) return undefined;
  return isMailDomain(text.slice(at + 1)) ? text : undefined;
}

/**
 * True where two texts are one mailbox to whoever types it: the same but for letter case on both sides of the `@`, and the
 * domain's spelling in Unicode or Punycode (UTS 46). Hosts may tell local parts of different case apart (RFC 5321 section 2.4),
 * so that codes go to the spelling that the application vouches for.
 */
export function isSameMailbox(one: string, other: string): boolean {
  return folded(one) === folded(other);
}

function folded(mailbox: string): string | undefined {
  const text = parseMailbox(mailbox);
  if (text === undefined) return mailbox;
  const at = text.indexOf("@");
  return `${text.slice(0, at).toLowerCase().normalize("NFC")}@${domainToASCII(text.slice(at + 1))}`;
}

function isMailDomain(domain: string): boolean {
  // An escape, a port or a path would be no part of a name, and what parses URLs drops or decodes it.
  if (/[\s@,;:<>()[\]\\"/?#%]/u.test(domain)) return false;
  const labels = domainToASCII(domain).split(".");
  return labels.length > 1 && labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? "");
}
