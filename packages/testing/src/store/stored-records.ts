import type { ActionState, CustomValue, Outcome } from "@require-action/core";

/** The part of the engine's records that the suite knows of; a store keeps whatever else there is. */
export interface StoredActionKey {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
}

export interface StoredAction extends StoredActionKey {
  readonly actionId: string;
  readonly attributes: { readonly userAgent?: string; readonly custom?: Readonly<Record<string, CustomValue>> };
  readonly outcome: Outcome;
  readonly state: ActionState;
  readonly createdAt: number;
  readonly stateUpdatedAt: number;
  readonly rules: readonly { readonly ruleId: string; readonly name: string }[];
  readonly policyVersion: string;
  readonly verificationMethod?: string;
  readonly verifiedByAuthenticatorId?: string;
  readonly review?: { readonly expiresAt: number; readonly reviewer?: string; readonly note?: string };
}

export interface StoredUser {
  readonly userId: string;
  readonly createdAt: number;
  readonly email?: string;
  readonly phoneNumber?: string;
  readonly username?: string;
  readonly custom?: Readonly<Record<string, CustomValue>>;
}

export interface StoredUserChanges {
  readonly email?: string | null;
  readonly phoneNumber?: string | null;
  readonly username?: string | null;
  readonly custom?: Readonly<Record<string, CustomValue>> | null;
}

export interface StoredDevice {
  readonly userId: string;
  readonly deviceId: string;
  readonly createdAt: number;
  readonly authenticatedAt: number;
  readonly lastVerificationMethod?: string;
  readonly rememberedUntil?: number;
  readonly invalidatedAt?: number;
}

export interface StoredCredential {
  readonly credentialId: string;
  readonly publicKey: string;
  readonly userHandle: string;
  readonly signCount: number;
  readonly aaguid: string;
  readonly backupEligible: boolean;
  readonly backedUp: boolean;
  readonly transports: readonly string[];
}

export interface StoredAuthenticator {
  readonly userId: string;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  readonly createdAt: number;
  readonly verifiedAt?: number;
  readonly lastVerifiedAt?: number;
  readonly version: number;
  readonly enrollment?: { readonly actionId: string; readonly expiresAt: number };
  readonly sealedSecret?: string;
  readonly lastStep?: number;
  readonly codeHashes?: readonly string[];
  readonly credential?: StoredCredential;
}

export interface StoredChallenge {
  readonly challengeId: string;
  readonly userId: string;
  readonly actionId: string;
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  readonly expected: string;
  readonly createdAt: number;
  readonly expiresAt: number;
}

export interface StoredEvent {
  readonly type: string;
  readonly at: number;
  readonly userId?: string;
  readonly actionId?: string;
  readonly reason?: string;
}

/** A page of a list. */
export interface StoredPage<Item> {
  readonly items: readonly Item[];
  readonly next?: string;
}
