import { bareCopy, ownObject } from "@require-action/core/options";
import * as v from "valibot";
import type { RelyingParty } from "./relying-party.ts";

/** Why a ceremony is refused; for the audit trail; clients learn nothing. */
export type CeremonyMistake =
  | "client_data_malformed"
  | "ceremony_wrong"
  | "challenge_wrong"
  | "origin_wrong"
  | "cross_origin"
  | "attestation_unsupported"
  | "attestation_wrong"
  | "assertion_wrong"
  | "credential_unknown"
  | "credential_not_asked_for"
  | "user_handle_wrong"
  | "backup_eligibility_changed"
  | "signature_wrong"
  | "counter_regressed";

const clientDataSchema = ownObject({
  type: v.string(),
  challenge: v.string(),
  origin: v.string(),
  crossOrigin: v.optional(v.boolean(), false),
  topOrigin: v.optional(v.string()),
});

/**
 * Compares what the browser says about a ceremony with what is expected of it.
 * @see https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion steps 9 to 14
 */
export function clientDataMistake(
  clientDataJSON: string,
  type: "webauthn.create" | "webauthn.get",
  challenge: string,
  { origins, topOrigins }: RelyingParty,
): CeremonyMistake | undefined {
  const read = v.safeParse(clientDataSchema, bareCopy(parseJson(clientDataJSON)));
  if (!read.success) return "client_data_malformed";
  const clientData = bareCopy(read.output);
  if (clientData.type !== type) return "ceremony_wrong";
  if (clientData.challenge !== challenge) return "challenge_wrong";
  if (!origins.includes(clientData.origin)) return "origin_wrong";
  const { crossOrigin, topOrigin } = clientData;
  if (crossOrigin && topOrigins.length === 0) return "cross_origin";
  // Not every browser names the page around the frame; one that does must name a page that is expected.
  if (topOrigin !== undefined && !(crossOrigin && topOrigins.includes(topOrigin))) return "cross_origin";
  return undefined;
}

function parseJson(base64url: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(base64url, "base64url")));
  } catch {
    return undefined;
  }
}
