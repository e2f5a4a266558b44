import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { canonicalJson } from "@require-action/core/options";
import { isBytes, isEntry, isPlain, type Members } from "./entry-form.ts";
import { must } from "./reasons.ts";

const ALGORITHM = "EdDSA";

/** A line of a file of receipts. */
export interface ReceiptLine {
  readonly entry: Members;
  readonly position: number;
  readonly previous: string;
  readonly signature?: string;
}

/** An engine's key, and the id it has in its key set. */
interface EngineKey {
  readonly kid: string;
  readonly key: KeyObject;
}

/** Engine keys by the header of their signatures, which has one text for each. */
export type KeySet = ReadonlyMap<string, EngineKey>;

/** A line that keeps back what it says: the hash of its entry is in the entry's place. */
export interface WithheldLine extends Omit<ReceiptLine, "entry"> {
  readonly entry: string;
}

/** Reads a line: the one text that its content has. @throws Refused */
export function readLine(text: string): ReceiptLine | WithheldLine {
  let line: Members | undefined;
  let canonical: string | undefined;
  try {
    line = JSON.parse(text) as Members;
    canonical = canonicalJson(line);
  } catch {
    // Not JSON, or none that has a canonical form.
  }
  const names = Object.keys(line ?? {}).join();
  const isLine = names === "entry,position,previous" || names === "entry,position,previous,signature";
  must(isLine && canonical === text && isPlain(line), "line_malformed");
  const { entry, position, previous, signature = "" } = line as Members;
  const isText = typeof previous === "string" && typeof signature === "string";
  must(Number.isSafeInteger(position) && isText, "line_malformed");
  if (typeof entry === "string") return line as unknown as WithheldLine;
  must(isEntry(entry), "line_malformed");
  return line as unknown as ReceiptLine;
}

export function isWithheld(line: ReceiptLine | WithheldLine): line is WithheldLine {
  return typeof line.entry === "string";
}

/** What the line after this one names as `previous`. */
export function hashOf(line: ReceiptLine | WithheldLine): string {
  return sha256(canonicalJson(isWithheld(line) ? line : { ...line, entry: sha256(canonicalJson(line.entry)) }));
}

/** Verifies the engine's signature over an entry, and returns the key's id. @throws Refused */
export function verifySignature({ entry, signature = "" }: ReceiptLine, keys: KeySet): string {
  const [header = "", value = ""] = signature.split("..", 2);
  const found = keys.get(header);
  must(found !== undefined, "key_unknown");
  const bytes = Buffer.from(value, "base64url");
  const signed = `${header}.${Buffer.from(canonicalJson(entry)).toString("base64url")}`;
  const isWhole = signature === `${header}..${bytes.toString("base64url")}`;
  must(isWhole && verify(null, Buffer.from(signed), found.key, bytes), "signature_wrong");
  return found.kid;
}

/** Reads a JSON Web Key Set of Ed25519 keys, each with a `kid` of its own; `undefined` for anything else. */
export function readKeySet(text: string): KeySet | undefined {
  try {
    const { keys } = JSON.parse(text) as { readonly keys: readonly Members[] };
    const known = new Map(keys.map((jwk) => [headerOf(jwk), keyOf(jwk)]));
    return known.size === keys.length ? known : undefined;
  } catch {
    return undefined;
  }
}

function headerOf({ kid }: Members): string {
  return Buffer.from(JSON.stringify({ alg: ALGORITHM, kid })).toString("base64url");
}

/** @throws TypeError for another kind of key, or one that is for something else */
function keyOf({ kty, crv, kid, x, alg = ALGORITHM, use = "sig" }: Members): EngineKey {
  const isOfReceipts = kty === "OKP" && crv === "Ed25519" && alg === ALGORITHM && use === "sig";
  if (!isOfReceipts || typeof kid !== "string" || !isBytes(x)) throw new TypeError("no key of receipts");
  return { kid, key: createPublicKey({ key: { kty, crv, x }, format: "jwk" }) };
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "base64url");
}
