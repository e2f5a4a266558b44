import type { AuditEvent } from "../store/audit-event.ts";
import type { VerificationMethod } from "../methods/verification-method.ts";
import type { AuthenticatorRecord } from "../store/records.ts";
import type { PasskeyCredential } from "../webauthn/passkey-credential.ts";

/** An authenticator as others see it, in Authsignal's words. @see https://docs.authsignal.com/api-reference/server-api */
export interface Authenticator {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly verifiedAt?: string;
  readonly lastVerifiedAt?: string;
  readonly email?: string;
  readonly phoneNumber?: string;
  /** Of a passkey. */
  readonly webauthnCredential?: {
    readonly credentialId: string;
    /** The model, as a UUID; all zeros when it is unknown. */
    readonly aaguid: string;
    readonly credentialBackedUp: boolean;
    readonly credentialDeviceType: "singleDevice" | "multiDevice";
    readonly verifiedAt: string;
    readonly authenticatorAttachment?: "platform" | "cross-platform";
  };
}

/** Leaves out everything that could be of use to an attacker. */
export function describeAuthenticator(record: AuthenticatorRecord): Authenticator {
  const { userId, userAuthenticatorId, verificationMethod, createdAt, verifiedAt, lastVerifiedAt, email, phoneNumber } =
    record;
  const { credential } = record;
  return {
    userId,
    userAuthenticatorId,
    verificationMethod,
    createdAt: isoTime(createdAt),
    ...(verifiedAt === undefined ? {} : { verifiedAt: isoTime(verifiedAt) }),
    ...(lastVerifiedAt === undefined ? {} : { lastVerifiedAt: isoTime(lastVerifiedAt) }),
    ...(email === undefined ? {} : { email }),
    ...(phoneNumber === undefined ? {} : { phoneNumber }),
    ...(credential === undefined
      ? {}
      : { webauthnCredential: describeCredential(credential, verifiedAt ?? createdAt) }),
  };
}

/** The authenticators that an enrolment replaces, as its event names them. */
export function replacedBy(
  method: VerificationMethod,
  authenticators: readonly AuthenticatorRecord[],
): Pick<AuditEvent, "replacedAuthenticatorIds"> {
  if (!method.isSingle) return {};
  const replaced = authenticators.filter(
    ({ verificationMethod, verifiedAt }) => verificationMethod === method.name && verifiedAt !== undefined,
  );
  if (replaced.length === 0) return {};
  return { replacedAuthenticatorIds: replaced.map(({ userAuthenticatorId }) => userAuthenticatorId) };
}

function describeCredential(
  { credentialId, aaguid, backedUp, backupEligible, attachment }: PasskeyCredential,
  verifiedAt: number,
): NonNullable<Authenticator["webauthnCredential"]> {
  return {
    credentialId,
    aaguid,
    credentialBackedUp: backedUp,
    credentialDeviceType: backupEligible ? "multiDevice" : "singleDevice",
    verifiedAt: isoTime(verifiedAt),
    ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
