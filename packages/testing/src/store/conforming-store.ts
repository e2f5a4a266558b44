import type { ActionState } from "@require-action/core";
import type {
  StoredAction,
  StoredActionKey,
  StoredAuthenticator,
  StoredChallenge,
  StoredDevice,
  StoredEvent,
  StoredPage,
  StoredUser,
  StoredUserChanges,
} from "./stored-records.ts";

/** A page that is asked for. */
interface Paging {
  readonly limit: number;
  readonly after?: string;
}

/**
 * The engine's store port, as far as the suite calls it: every store of the engine has this shape. It is told here again
 * since this package leans on core only, so that those who test a guard do not install an engine.
 */
export interface ConformingStore {
  gather(query: {
    readonly key: StoredActionKey;
    readonly counters: readonly {
      readonly key: readonly string[];
      readonly windowMs: number;
      readonly amount: bigint;
    }[];
    readonly needsUser: boolean;
    readonly deviceId?: string | undefined;
    readonly needsDeviceCount: boolean;
    readonly now: number;
  }): Promise<{
    readonly recorded: StoredAction | undefined;
    readonly enrolledVerificationMethods: readonly string[];
    readonly hasVerified: boolean;
    readonly counters: readonly bigint[];
    readonly user?: StoredUser | undefined;
    readonly device?: StoredDevice | undefined;
    readonly deviceCount?: number | undefined;
  }>;
  record(action: StoredAction, user: StoredUserChanges | undefined, event: StoredEvent): Promise<StoredAction>;
  findAction(key: StoredActionKey): Promise<StoredAction | undefined>;
  listActions(
    filter: Paging & {
      readonly userId?: string;
      readonly codes?: readonly string[];
      readonly state?: ActionState;
      readonly from?: number;
    },
  ): Promise<StoredPage<StoredAction>>;
  transition(
    change: {
      readonly key: StoredActionKey;
      readonly from: ActionState;
      readonly to: ActionState;
      readonly at: number;
      readonly verificationMethod?: string;
      readonly verifiedByAuthenticatorId?: string;
      readonly review?: NonNullable<StoredAction["review"]>;
      readonly authenticatedDeviceId?: string;
    },
    event: StoredEvent,
  ): Promise<StoredAction | undefined>;

  findUser(userId: string): Promise<StoredUser | undefined>;
  listUsers(
    filter: Paging & { readonly email?: string; readonly phoneNumber?: string; readonly username?: string },
  ): Promise<StoredPage<StoredUser>>;
  updateUser(userId: string, changes: StoredUserChanges, now: number): Promise<StoredUser>;
  deleteUser(userId: string, event: StoredEvent): Promise<void>;

  listDevices(userId: string): Promise<readonly StoredDevice[]>;
  updateDevice(
    userId: string,
    deviceId: string,
    changes: { readonly rememberedUntil?: number | null; readonly invalidatedAt?: number },
  ): Promise<StoredDevice | undefined>;

  addAuthenticator(authenticator: StoredAuthenticator, event: StoredEvent): Promise<void>;
  listAuthenticators(userId: string): Promise<readonly StoredAuthenticator[]>;
  findCredential(credentialId: string): Promise<StoredAuthenticator | undefined>;
  activateAuthenticator(
    authenticator: StoredAuthenticator,
    activation: {
      readonly onlyIfFirst: boolean;
      readonly replacesOthers: boolean;
      readonly verifiedAt: number;
      readonly changes: Partial<Pick<StoredAuthenticator, "credential" | "lastStep" | "lastVerifiedAt">>;
    },
    event: StoredEvent,
  ): Promise<StoredAuthenticator | undefined>;
  updateAuthenticator(
    authenticator: StoredAuthenticator,
    changes: Partial<Pick<StoredAuthenticator, "codeHashes" | "credential" | "lastStep" | "lastVerifiedAt">>,
  ): Promise<StoredAuthenticator | undefined>;
  deleteAuthenticator(userId: string, userAuthenticatorId: string, event: StoredEvent): Promise<boolean>;

  putChallenge(challenge: StoredChallenge, event: StoredEvent): Promise<void>;
  findChallenge(actionId: string, userAuthenticatorId: string, now: number): Promise<StoredChallenge | undefined>;
  takeChallenge(challenge: StoredChallenge): Promise<boolean>;

  countAttempt(
    key: readonly string[],
    limit: number,
    windowMs: number,
    now: number,
  ): Promise<{ readonly allowed: boolean; readonly endsAt: number }>;
  resetAttempts(key: readonly string[]): Promise<void>;

  appendEvent(event: StoredEvent): Promise<void>;
  listEvents(
    filter: Paging & { readonly userId?: string; readonly actionId?: string },
  ): Promise<StoredPage<StoredEvent>>;
}
