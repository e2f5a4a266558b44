import { createPublicKey, hash, verify } from "node:crypto";
import { isRecord, type Members } from "./entry-form.ts";
import { must } from "./reasons.ts";

/** Clocks of several processes differ by so much at most, and what is noted at once differs by less. */
export const CLOCK_TOLERANCE_MS = 60_000;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

/** Whose passkeys count. */
export interface RelyingPartyTerms {
  readonly rpId: string;
  /** Pages and applications that may use them; any https page of `rpId` and its subdomains when empty. */
  readonly origins: readonly string[];
}

/** A credential that was enrolled, and how far it has counted. */
export interface Credential {
  readonly publicKey: string;
  /** Of all uses but the latest. */
  signCount: number;
  /** The uses that another one may be noted after, though it came before them. */
  latest: readonly Use[];
}

interface Use {
  readonly signCount: number;
  readonly at: number;
}

/** When an assertion was noted, and the latest head before it. */
interface Noted {
  readonly at: number;
  readonly headAt: number;
}

/** What the device has said by its signature. */
export interface PasskeyProof {
  readonly origin: string;
}

/**
 * Verifies that a passkey has signed a digest: WebAuthn's verification of an assertion, by node:crypto alone.
 * @throws Refused
 * @see https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion
 */
export function verifyPasskey(
  assertion: Members,
  digest: string,
  credential: Credential,
  terms: RelyingPartyTerms,
  noted: Noted,
): PasskeyProof {
  const bytes = (name: string): Buffer => Buffer.from(assertion[name] as string, "base64url");
  const [clientDataJSON, authenticatorData] = [bytes("clientDataJSON"), bytes("authenticatorData")];
  const { type, challenge, origin } = clientDataOf(clientDataJSON);
  must(type === "webauthn.get", "ceremony_wrong");
  must(challenge === digest, "challenge_wrong");
  must(typeof origin === "string" && isExpected(origin, terms), "origin_wrong");
  must(authenticatorData.length >= 37, "assertion_wrong");
  must(authenticatorData.subarray(0, 32).equals(hash("sha256", terms.rpId, "buffer")), "rp_id_wrong");
  const flags = authenticatorData[32] ?? 0;
  must((flags & USER_PRESENT) !== 0, "user_not_present");
  must((flags & USER_VERIFIED) !== 0, "user_not_verified");
  const signCount = authenticatorData.readUInt32BE(33);
  const counted = countUse(credential, signCount, noted);
  const signed = Buffer.concat([authenticatorData, hash("sha256", clientDataJSON, "buffer")]);
  must(isSignedBy(credential.publicKey, signed, bytes("signature")), "assertion_wrong");
  Object.assign(credential, counted);
  return { origin };
}

/**
 * Counts a use. The engine compares counters when a device has signed, and notes the approval when the application has agreed to it:
 * of two at once, the one that began later may be noted first. What is noted later than that has a counter that went back.
 * @throws Refused
 */
function countUse(
  { signCount: before, latest }: Credential,
  signCount: number,
  { at, headAt }: Noted,
): Pick<Credential, "signCount" | "latest"> {
  const atOnce = latest.filter((use) => Math.abs(use.at - at) < CLOCK_TOLERANCE_MS);
  const settled = Math.max(before, ...latest.filter((use) => !atOnce.includes(use)).map((use) => use.signCount));
  const isNext = [settled, ...atOnce.map((use) => use.signCount)].every((count) => count < signCount);
  const isOvertaken =
    signCount > settled && atOnce.every((use) => use.signCount !== signCount) && at > headAt - CLOCK_TOLERANCE_MS;
  const countsNothing = signCount === 0 && settled === 0 && atOnce.every((use) => use.signCount === 0);
  must(isNext || isOvertaken || countsNothing, "counter_regressed");
  return { signCount: settled, latest: [...atOnce, { signCount, at }] };
}

/** As WebAuthn decodes it: UTF-8 or nothing. */
function clientDataOf(bytes: Buffer): Members {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Compares the text of an origin, as browsers write it: no address is read in two ways. */
function isExpected(origin: string, { rpId, origins }: RelyingPartyTerms): boolean {
  if (origins.length > 0) return origins.includes(origin);
  const [, scheme = "", host = ""] = /^(https?):\/\/([a-z0-9._-]+)(?::[1-9]\d{0,4})?$/.exec(origin) ?? [];
  const labels = host.split(".");
  const isOfParty = `.${host}`.endsWith(`.${rpId}`) && !labels.includes("");
  return isOfParty && (scheme === "https" || host === "localhost");
}

function isSignedBy(publicKey: string, signed: Buffer, signature: Buffer): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey, "base64url"), format: "der", type: "spki" });
    return verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", signed, key, signature);
  } catch {
    return false;
  }
}
