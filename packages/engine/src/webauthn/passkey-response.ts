import { bareCopy, ownObject } from "@require-action/core/options";
import * as v from "valibot";

const MAX_CREDENTIAL_ID = 1364; // 1023 bytes in base64url
const MAX_CLIENT_DATA = 8192;
const MAX_AUTHENTICATOR_DATA = 16_384;
const MAX_SIGNATURE = 4096;
const MAX_USER_HANDLE = 86; // 64 bytes in base64url
const MAX_TRANSPORTS = 10;

type Attachment = "platform" | "cross-platform";

interface CredentialResponse {
  readonly id: string;
  readonly rawId: string;
  readonly type: "public-key";
}

/** What `navigator.credentials.create()` gave. @see https://www.w3.org/TR/webauthn-3/#dictdef-registrationresponsejson */
export interface RegistrationResponse extends CredentialResponse {
  readonly response: {
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: readonly string[];
  };
  readonly authenticatorAttachment?: Attachment | undefined;
}

/** What `navigator.credentials.get()` gave. @see https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson */
export interface AuthenticationResponse extends CredentialResponse {
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    /** Absent when the authenticator keeps no user with the passkey. */
    readonly userHandle?: string | null | undefined;
  };
}

/** The part of an answer that proves to anybody with the public key what the user's device has signed. All are base64url. */
export interface PasskeyAssertion {
  readonly credentialId: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

const credentialId: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.maxLength(MAX_CREDENTIAL_ID),
  v.regex(/^[A-Za-z0-9_-]+$/),
);
/** Bytes in the one text that browsers have for them: receipts keep the text, and others read it too. */
const base64url = (most: number): v.GenericSchema<string> =>
  v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(most),
    v.check((text) => Buffer.from(text, "base64url").toString("base64url") === text),
  );
const attachment: v.GenericSchema<unknown, Attachment | undefined> = v.fallback(
  v.optional(v.picklist(["platform", "cross-platform"])),
  undefined,
);

const registrationSchema: v.GenericSchema<unknown, RegistrationResponse> = ownObject({
  id: credentialId,
  rawId: credentialId,
  type: v.literal("public-key"),
  response: ownObject({
    clientDataJSON: base64url(MAX_CLIENT_DATA),
    attestationObject: base64url(MAX_AUTHENTICATOR_DATA),
    transports: v.fallback(
      v.optional(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[a-z-]{1,32}$/))), v.maxLength(MAX_TRANSPORTS)), []),
      [],
    ),
  }),
  authenticatorAttachment: attachment,
});

const authenticationSchema: v.GenericSchema<unknown, AuthenticationResponse> = ownObject({
  id: credentialId,
  rawId: credentialId,
  type: v.literal("public-key"),
  response: ownObject({
    clientDataJSON: base64url(MAX_CLIENT_DATA),
    authenticatorData: base64url(MAX_AUTHENTICATOR_DATA),
    signature: base64url(MAX_SIGNATURE),
    userHandle: v.nullish(v.union([v.literal(""), base64url(MAX_USER_HANDLE)])),
  }),
});

/** Reads a response: bounded, of the right form, and nothing in it but what is asked for. */
export function parseRegistrationResponse(response: unknown): RegistrationResponse | undefined {
  const { success, output } = v.safeParse(registrationSchema, bareCopy(response));
  return success ? bareCopy(output) : undefined;
}

/** Reads a response as {@link parseRegistrationResponse} does. */
export function parseAuthenticationResponse(response: unknown): AuthenticationResponse | undefined {
  const { success, output } = v.safeParse(authenticationSchema, bareCopy(response));
  return success ? bareCopy(output) : undefined;
}
