// WebAuthn's JSON forms, for browsers with and without parseRequestOptionsFromJSON and toJSON.

import { say } from "./language.js";

/** Whether this browser has passkeys at all. */
export const hasPasskeys = typeof PublicKeyCredential === "function" && navigator.credentials !== undefined;

/**
 * Has the browser make a passkey.
 * @param {any} options PublicKeyCredentialCreationOptionsJSON
 * @param {AbortSignal} signal Takes the prompt away.
 * @returns {Promise<object>} RegistrationResponseJSON
 * @see https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON
 */
export async function createPasskey(options, signal) {
  const credential = await navigator.credentials.create({
    signal,
    publicKey: {
      ...options,
      challenge: fromBase64url(options.challenge),
      user: { ...options.user, id: fromBase64url(options.user.id) },
      excludeCredentials: descriptors(options.excludeCredentials),
    },
  });
  const { response, ...common } = commonParts(credential);
  const attestation = /** @type {AuthenticatorAttestationResponse} */ (response);
  return {
    ...common,
    response: {
      clientDataJSON: toBase64url(attestation.clientDataJSON),
      attestationObject: toBase64url(attestation.attestationObject),
      // Firefox before 119 has no such method.
      transports: attestation.getTransports?.() ?? [],
    },
  };
}

/**
 * Has the browser sign with a passkey.
 * @param {any} options PublicKeyCredentialRequestOptionsJSON
 * @param {AbortSignal} signal Takes the prompt away.
 * @returns {Promise<object>} AuthenticationResponseJSON
 * @see https://www.w3.org/TR/webauthn-3/#sctn-parseRequestOptionsFromJSON
 */
export async function usePasskey(options, signal) {
  const credential = await navigator.credentials.get({
    signal,
    publicKey: {
      ...options,
      challenge: fromBase64url(options.challenge),
      allowCredentials: descriptors(options.allowCredentials),
    },
  });
  const { response, ...common } = commonParts(credential);
  const { clientDataJSON, authenticatorData, signature, userHandle } = /** @type {AuthenticatorAssertionResponse} */ (
    response
  );
  return {
    ...common,
    response: {
      clientDataJSON: toBase64url(clientDataJSON),
      authenticatorData: toBase64url(authenticatorData),
      signature: toBase64url(signature),
      ...(userHandle === null ? {} : { userHandle: toBase64url(userHandle) }),
    },
  };
}

/**
 * What to tell somebody whose browser did not do it.
 * @param {unknown} error
 * @returns {string}
 */
export function ceremonyText(error) {
  switch (error instanceof DOMException ? error.name : "") {
    case "InvalidStateError":
      return say("passkey.exists");
    case "SecurityError":
    case "NotSupportedError":
      return say("passkey.unsupported");
    default:
      // Cancelled, timed out, or none there: browsers do not tell which.
      return say("passkey.unused");
  }
}

/** @param {Credential | null} credential */
function commonParts(credential) {
  const { id, rawId, type, response, authenticatorAttachment } = /** @type {PublicKeyCredential} */ (credential);
  return {
    id,
    rawId: toBase64url(rawId),
    type,
    response,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: /** @type {PublicKeyCredential} */ (credential).getClientExtensionResults(),
  };
}

/** @param {{ id: string, type: "public-key" }[]} [list] */
function descriptors(list = []) {
  return list.map((descriptor) => ({ ...descriptor, id: fromBase64url(descriptor.id) }));
}

/** @param {string} text */
function fromBase64url(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer */
function toBase64url(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
