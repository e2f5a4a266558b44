import { createPublicKey, hash, verify } from "node:crypto";
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import { type CeremonyMistake, clientDataMistake } from "./client-data.ts";
import type { PasskeyCredential } from "./passkey-options.ts";
import type { AuthenticationResponse } from "./passkey-response.ts";
import { spkiOf } from "./public-key.ts";
import type { RelyingParty } from "./relying-party.ts";

/**
 * Verifies a use of a passkey, and answers with the passkey as it is from then on. What is left to the caller: that the
 * challenge is used up, and the passkey is one that was asked for.
 * @see https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion
 */
export async function verifyAuthentication(
  relyingParty: RelyingParty,
  challenge: string,
  credential: PasskeyCredential,
  response: AuthenticationResponse,
): Promise<PasskeyCredential | CeremonyMistake> {
  const { id, rawId, type } = response;
  if (id !== credential.credentialId) return "credential_unknown";
  const { clientDataJSON, authenticatorData, signature, userHandle } = response.response;
  if (userHandle && userHandle !== credential.userHandle) return "user_handle_wrong";
  const mistake = clientDataMistake(clientDataJSON, "webauthn.get", challenge, relyingParty);
  if (mistake !== undefined) return mistake;
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      } satisfies AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [...relyingParty.origins],
      expectedTopOrigin: [...relyingParty.topOrigins],
      expectedRPID: relyingParty.rpId,
      requireUserVerification: true,
      // Its own count is compared below, where a regress can be told from a mistake.
      credential: { id, publicKey: new Uint8Array(Buffer.from(credential.publicKey, "base64url")), counter: 0 },
    });
    if (!verified || !(await isSignedForAll(credential, response))) return "signature_wrong";
    const { newCounter: signCount, credentialDeviceType, credentialBackedUp: backedUp } = authenticationInfo;
    if ((credentialDeviceType === "multiDevice") !== credential.backupEligible) return "backup_eligibility_changed";
    // Someone may have a copy of the key. A counter of zero on both sides is one that the authenticator does not keep.
    if ((signCount > 0 || credential.signCount > 0) && signCount <= credential.signCount) return "counter_regressed";
    return { ...credential, signCount, backedUp };
  } catch {
    return "assertion_wrong";
  }
}

/**
 * Verifies the signature by its bytes. The library reads an ECDSA signature in other encodings than DER too, which whoever verifies
 * a receipt refuses: a user could approve by one, and have proof afterwards that nobody signed.
 */
async function isSignedForAll(
  { publicKey }: PasskeyCredential,
  { response }: AuthenticationResponse,
): Promise<boolean> {
  const bytes = (text: string): Buffer => Buffer.from(text, "base64url");
  const key = createPublicKey({ key: bytes(await spkiOf(publicKey)), format: "der", type: "spki" });
  const signed = Buffer.concat([
    bytes(response.authenticatorData),
    hash("sha256", bytes(response.clientDataJSON), "buffer"),
  ]);
  return verify(key.asymmetricKeyType === "ed25519" ? null : "sha256", signed, key, bytes(response.signature));
}
