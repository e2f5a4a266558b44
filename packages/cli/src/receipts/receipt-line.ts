import { createPublicKey, hash, type KeyObject, verify } from "node:crypto";
import { canonicalJson } from "@require-action/core/options";
import { must } from "./reasons.ts";

/** JSON, of which nothing is known but what is looked at. */
export type Members = Readonly<Record<string, any>>;

/** A line of a file of receipts. */
export interface ReceiptLine {
  readonly entry: Members;
  readonly position: number;
  readonly previous: string;
  readonly signature?: string;
}

/** Engine keys by their `kid`. */
export type KeySet = ReadonlyMap<string, KeyObject>;

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
  const entry: unknown = line?.["entry"];
  must(isLine && canonical === text && Number.isSafeInteger(line?.["position"]), "line_malformed");
  if (typeof entry === "string") return line as unknown as WithheldLine;
  must(isRecord(entry), "line_malformed");
  const { id, type, at } = entry;
  must(typeof id === "string" && typeof type === "string" && Number.isSafeInteger(at), "line_malformed");
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
export function verifySignature({ entry, signature }: ReceiptLine, keys: KeySet): string {
  const [header = "", payload, value = ""] = typeof signature === "string" ? signature.split(".") : [];
  const { alg, kid } = readHeader(header);
  must(payload === "" && alg === "EdDSA", "signature_wrong");
  const key = keys.get(String(kid));
  must(key !== undefined, "key_unknown");
  const signed = `${header}.${Buffer.from(canonicalJson(entry)).toString("base64url")}`;
  must(verify(null, Buffer.from(signed), key, Buffer.from(value, "base64url")), "signature_wrong");
  return String(kid);
}

function readHeader(header: string): Members {
  try {
    const value = JSON.parse(Buffer.from(header, "base64url").toString()) as unknown;
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Reads a JSON Web Key Set of Ed25519 keys; `undefined` for anything else. */
export function readKeySet(text: string): KeySet | undefined {
  try {
    const { keys } = JSON.parse(text) as { readonly keys: readonly Members[] };
    return new Map(keys.map((jwk) => [keyIdOf(jwk), createPublicKey({ key: jwk, format: "jwk" })]));
  } catch {
    return undefined;
  }
}

/** @throws TypeError for another kind of key */
function keyIdOf({ kty, crv, kid }: Members): string {
  if (kty !== "OKP" || crv !== "Ed25519" || typeof kid !== "string") throw new TypeError("no key of receipts");
  return kid;
}

export function isRecord(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function sha256(text: string | Uint8Array): string {
  return hash("sha256", text, "base64url");
}
