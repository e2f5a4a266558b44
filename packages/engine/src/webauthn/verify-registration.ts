import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import { passkeyAlgorithms, type PasskeyCredential } from "./passkey-options.ts";
import { type CeremonyMistake, clientDataMistake } from "./client-data.ts";
import type { RegistrationResponse } from "./passkey-response.ts";
import type { RelyingParty } from "./relying-party.ts";

/**
 * Verifies a new passkey. What is left to the caller: that the challenge is used up, and the credential is nobody's yet.
 * @see https://www.w3.org/TR/webauthn-3/#sctn-registering-a-new-credential
 */
export async function verifyRegistration(
  relyingParty: RelyingParty,
  challenge: string,
  userHandle: string,
  response: RegistrationResponse,
): Promise<PasskeyCredential | CeremonyMistake> {
  const { clientDataJSON, attestationObject } = response.response;
  const mistake = clientDataMistake(clientDataJSON, "webauthn.create", challenge, relyingParty);
  if (mistake !== undefined) return mistake;
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  const { decodeAttestationObject } = await import("@simplewebauthn/server/helpers");
  try {
    // None was asked for. What browsers may still send is self attestation; the rest is a lot of parsing for no gain.
    const attestation = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, "base64url")));
    const format = attestation.get("fmt");
    if (format !== "none" && !(format === "packed" && attestation.get("attStmt").get("x5c") === undefined)) {
      return "attestation_unsupported";
    }
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: { ...response, clientExtensionResults: {} } as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [...relyingParty.origins],
      expectedRPID: relyingParty.rpId,
      requireUserPresence: true,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...passkeyAlgorithms],
    });
    if (!verified || registrationInfo.credential.id !== response.id) return "attestation_wrong";
    const { credential, aaguid, credentialDeviceType, credentialBackedUp } = registrationInfo;
    const { authenticatorAttachment: attachment } = response;
    return {
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey).toString("base64url"),
      userHandle,
      signCount: credential.counter,
      aaguid,
      backupEligible: credentialDeviceType === "multiDevice",
      backedUp: credentialBackedUp,
      transports: response.response.transports,
      ...(attachment === undefined ? {} : { attachment }),
    };
  } catch {
    return "attestation_wrong";
  }
}
