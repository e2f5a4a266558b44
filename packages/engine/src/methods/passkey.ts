import { randomBytes } from "node:crypto";
import { isId } from "@require-action/core/provider";
import { EngineError } from "../lib/engine-error.ts";
import type { Keyring } from "../keys/keyring.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import {
  passkeyCreationOptions,
  type PasskeyCredential,
  passkeyRequestOptions,
  type PasskeyUser,
} from "../webauthn/passkey-options.ts";
import {
  type AuthenticationResponse,
  parseAuthenticationResponse,
  parseRegistrationResponse,
  type PasskeyAssertion,
  type RegistrationResponse,
} from "../webauthn/passkey-response.ts";
import type { RelyingParty } from "../webauthn/relying-party.ts";
import { verifyAuthentication } from "../webauthn/verify-authentication.ts";
import { verifyRegistration } from "../webauthn/verify-registration.ts";
import type { EnrollmentRequest, VerificationMethod } from "./verification-method.ts";

export const passkeyMethod = "PASSKEY";
const securityKeyMethod = "SECURITY_KEY";

const CHALLENGE_BYTES = 32;

interface CredentialParts {
  readonly relyingParty: RelyingParty;
  readonly keyring: Keyring;
  readonly timeoutMs: number;
}

type CredentialMethod = VerificationMethod<RegistrationResponse | AuthenticationResponse>;

/**
 * The passkey: strongest of all, as it answers to its own site only. The user's presence and verification are required.
 * @see https://www.w3.org/TR/webauthn-3/
 */
export function createPasskey(parts: CredentialParts): CredentialMethod {
  return createCredentialMethod(passkeyMethod, parts);
}

/**
 * The security key: what passkeys are, on a device that is plugged in or held near, and that is asked by its own name: it keeps
 * nothing that could be found without the user's.
 */
export function createSecurityKey(parts: CredentialParts): CredentialMethod {
  return createCredentialMethod(securityKeyMethod, parts);
}

function createCredentialMethod(
  name: typeof passkeyMethod | typeof securityKeyMethod,
  { relyingParty, keyring, timeoutMs }: CredentialParts,
): CredentialMethod {
  const isSecurityKey = name === securityKeyMethod;
  return {
    name,
    strength: "high",
    isBackup: false,
    isGuessable: false,
    isSingle: false,
    takesOneAnswer: true,
    enroll(request) {
      const { authenticators, enrolledOn } = request;
      const existing = credentialsOf(authenticators);
      // One handle for all of a user's passkeys, so that an authenticator keeps one of them.
      const handle = existing[0]?.userHandle ?? keyring.hashCode(["passkey-user", request.userId]);
      const user = { ...readUser(request, handle), ...(isSecurityKey ? securityKeyTerms : {}) };
      return {
        fields: { userHandle: handle, ...(enrolledOn === undefined ? {} : { enrolledOn }) },
        reply: {},
        ask() {
          const challenge = newChallenge();
          const options = passkeyCreationOptions(relyingParty, challenge, user, existing, timeoutMs);
          return { expected: challenge, reply: { options } };
        },
      };
    },
    ask({ authenticators, digest = newChallenge() }) {
      // The device signs what is approved, and nothing else. WebAuthn takes any challenge that nobody could foresee.
      const challenge = digest;
      const options = passkeyRequestOptions(relyingParty, challenge, credentialsOf(authenticators), timeoutMs);
      return { expected: challenge, reply: { options } };
    },
    isResponse: (response): response is RegistrationResponse | AuthenticationResponse =>
      parseAuthenticationResponse(response) !== undefined || parseRegistrationResponse(response) !== undefined,
    purposeOf: ({ response }) => ("attestationObject" in response ? "enrollment" : "challenge"),
    signedPart: assertionOf,
    choose: ({ id }, authenticators) => authenticators.find(({ credential }) => credential?.credentialId === id),
    async verify({ authenticator, response, challenge }) {
      if (challenge === undefined) return "answer_used";
      const { credential, userHandle = "", verifiedAt } = authenticator;
      const registration = parseRegistrationResponse(response);
      const authentication = parseAuthenticationResponse(response);
      let verified: Awaited<ReturnType<typeof verifyRegistration>>;
      if (credential === undefined || verifiedAt === undefined) {
        if (registration === undefined) return "ceremony_wrong";
        verified = await verifyRegistration(relyingParty, challenge.expected, userHandle, registration);
      } else {
        if (authentication === undefined) return "ceremony_wrong";
        // Enrolled since then, so it was not among those that were asked for.
        if (verifiedAt > challenge.createdAt) return "credential_not_asked_for";
        verified = await verifyAuthentication(relyingParty, challenge.expected, credential, authentication);
      }
      return typeof verified === "string" ? verified : { credential: verified };
    },
  };
}

/** Whatever a client asks for. */
const securityKeyTerms = { attachment: "cross-platform", isDiscoverable: false } as const;

function credentialsOf(authenticators: readonly AuthenticatorRecord[]): readonly PasskeyCredential[] {
  return authenticators.flatMap(({ credential }) => credential ?? []);
}

/** What of an answer anybody can verify; none for a registration, which signs nothing. */
export function assertionOf(response: RegistrationResponse | AuthenticationResponse): PasskeyAssertion | undefined {
  const parsed = parseAuthenticationResponse(response);
  if (parsed === undefined) return undefined;
  const { clientDataJSON, authenticatorData, signature } = parsed.response;
  return { credentialId: parsed.id, clientDataJSON, authenticatorData, signature };
}

function newChallenge(): string {
  return randomBytes(CHALLENGE_BYTES).toString("base64url");
}

/** What the authenticator will show its owner: names of the client's choice, else what is known. */
function readUser({ userId, user, input }: EnrollmentRequest, handle: string): PasskeyUser {
  const { username, displayName, authenticatorAttachment: attachment } = input;
  const name = username ?? user?.username ?? user?.email ?? userId;
  const shown = displayName ?? user?.displayName ?? name;
  if (!isId(name) || !isId(shown)) {
    throw new EngineError("request_invalid", "username and displayName must have 1 to 256 bytes.");
  }
  if (attachment !== undefined && attachment !== null && attachment !== "platform" && attachment !== "cross-platform") {
    throw new EngineError("request_invalid", "authenticatorAttachment is neither platform nor cross-platform.");
  }
  return { handle, name, displayName: shown, attachment: attachment ?? undefined };
}
