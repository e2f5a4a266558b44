// WebAuthn's JSON forms, for browsers with and without parseRequestOptionsFromJSON and toJSON.

import { toBase64url } from "./answers.ts";

/** True where this browser has passkeys at all. */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === "function" && navigator.credentials !== undefined;
}

/**
 * Asks the browser to make a passkey.
 * @param options PublicKeyCredentialCreationOptionsJSON
 * @param signal takes the prompt away
 * @returns RegistrationResponseJSON
 * @see https://www.w3.org/TR/webauthn-3/#sctn-parseCreationOptionsFromJSON
 */
export async function createPasskey(options: any, signal: AbortSignal): Promise<object> {
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
  const { clientDataJSON, attestationObject, getTransports } = response as AuthenticatorAttestationResponse;
  return {
    ...common,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      attestationObject: textOf(attestationObject),
      // Firefox before 119 has no such method.
      transports: getTransports?.call(response) ?? [],
    },
  };
}

/**
 * Asks the browser to sign with a passkey.
 * @param options PublicKeyCredentialRequestOptionsJSON
 * @param signal takes the prompt away
 * @returns AuthenticationResponseJSON
 * @see https://www.w3.org/TR/webauthn-3/#sctn-parseRequestOptionsFromJSON
 */
export async function usePasskey(options: any, signal: AbortSignal): Promise<object> {
  const credential = await navigator.credentials.get({
    signal,
    publicKey: {
      ...options,
      challenge: fromBase64url(options.challenge),
      allowCredentials: descriptors(options.allowCredentials),
    },
  });
  const { response, ...common } = commonParts(credential);
  const { clientDataJSON, authenticatorData, signature, userHandle } = response as AuthenticatorAssertionResponse;
  return {
    ...common,
    response: {
      clientDataJSON: textOf(clientDataJSON),
      authenticatorData: textOf(authenticatorData),
      signature: textOf(signature),
      ...(userHandle === null ? {} : { userHandle: textOf(userHandle) }),
    },
  };
}

/**
 * Why the browser did not do it. `passkey_unused`: cancelled, timed out, or none there, as browsers do not tell which.
 */
export type PasskeyFailureReason = "passkey_exists" | "passkey_unsupported" | "passkey_unused";

/** Reads what {@link createPasskey} and {@link usePasskey} reject with. */
export function readPasskeyError(error: unknown): PasskeyFailureReason {
  switch (error instanceof DOMException ? error.name : "") {
    case "InvalidStateError":
      return "passkey_exists";
    case "SecurityError":
    case "NotSupportedError":
      return "passkey_unsupported";
    default:
      return "passkey_unused";
  }
}

function commonParts(credential: Credential | null): object & { readonly response: AuthenticatorResponse } {
  const { id, rawId, type, response, authenticatorAttachment } = credential as PublicKeyCredential;
  return {
    id,
    rawId: textOf(rawId),
    type,
    response,
    authenticatorAttachment: authenticatorAttachment ?? undefined,
    clientExtensionResults: (credential as PublicKeyCredential).getClientExtensionResults(),
  } as object & { readonly response: AuthenticatorResponse };
}

function descriptors(list: readonly { readonly id: string; readonly type: "public-key" }[] = []): any[] {
  return list.map((descriptor) => ({ ...descriptor, id: fromBase64url(descriptor.id) }));
}

function fromBase64url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function textOf(buffer: ArrayBuffer): string {
  return toBase64url(new Uint8Array(buffer));
}
