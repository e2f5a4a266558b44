import type {
  AuthenticatorTransport,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import type { RelyingParty } from "./relying-party.ts";

/** A passkey as the engine keeps it. The private key never leaves its authenticator. */
export interface PasskeyCredential {
  /** Base64url. No two authenticators in a store have the same one. */
  readonly credentialId: string;
  /** COSE key in base64url. */
  readonly publicKey: string;
  /** Names the user to the authenticator, and nothing about them. Base64url. */
  readonly userHandle: string;
  readonly signCount: number;
  /** Of the authenticator's model, as a UUID; all zeros when it is unknown. */
  readonly aaguid: string;
  /** True when the passkey may be copied to other devices. Fixed for its life. */
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  /** How browsers may reach the authenticator. */
  readonly transports: readonly string[];
  readonly attachment?: "platform" | "cross-platform";
}

/** The device and the browser of an enrolment, as they described themselves. */
export interface EnrollingDevice {
  /** What `track` was called with. */
  readonly deviceId?: string;
  /** At most 512 characters. */
  readonly userAgent?: string;
}

/** For `navigator.credentials.create()`. @see https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialcreationoptionsjson */
export type PasskeyCreationOptions = PublicKeyCredentialCreationOptionsJSON;

/** For `navigator.credentials.get()`. @see https://www.w3.org/TR/webauthn-3/#dictdef-publickeycredentialrequestoptionsjson */
export type PasskeyRequestOptions = PublicKeyCredentialRequestOptionsJSON;

/** The user that a passkey is made for. Their names are only for the user's own eyes. */
export interface PasskeyUser {
  readonly handle: string;
  readonly name: string;
  readonly displayName: string;
  readonly attachment?: "platform" | "cross-platform" | undefined;
  /** False for one that is asked by its own name, and fills no room of its device; true by default. */
  readonly isDiscoverable?: boolean;
}

/** Asks for a new passkey: one that can be found without a user's name, and that proves who is using it. */
export function passkeyCreationOptions(
  { rpId, rpName }: RelyingParty,
  challenge: string,
  { handle, name, displayName, attachment, isDiscoverable = true }: PasskeyUser,
  existing: readonly PasskeyCredential[],
  timeout: number,
): PasskeyCreationOptions {
  return {
    rp: { id: rpId, name: rpName },
    user: { id: handle, name, displayName },
    challenge,
    pubKeyCredParams: passkeyAlgorithms.map((alg) => ({ type: "public-key", alg })),
    timeout,
    excludeCredentials: existing.map(describe),
    authenticatorSelection: {
      residentKey: isDiscoverable ? "required" : "discouraged",
      requireResidentKey: isDiscoverable,
      userVerification: "required",
      ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
    },
    attestation: "none",
    extensions: { credProps: true },
  };
}

/** Asks for the use of a passkey: one of these, or when there are none any that the user has for this domain. */
export function passkeyRequestOptions(
  { rpId }: RelyingParty,
  challenge: string,
  allowed: readonly PasskeyCredential[],
  timeout: number,
): PasskeyRequestOptions {
  return { rpId, challenge, timeout, allowCredentials: allowed.map(describe), userVerification: "required" };
}

function describe({
  credentialId,
  transports,
}: PasskeyCredential): NonNullable<PasskeyRequestOptions["allowCredentials"]>[number] {
  return { id: credentialId, type: "public-key", transports: transports as AuthenticatorTransport[] };
}

/**
 * EdDSA, ES256 and RS256, by their COSE numbers: what every authenticator has one of, and every supported Node verifies.
 * @see https://www.iana.org/assignments/cose/cose.xhtml#algorithms
 */
export const passkeyAlgorithms: readonly number[] = [-8, -7, -257];
