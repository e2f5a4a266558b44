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
