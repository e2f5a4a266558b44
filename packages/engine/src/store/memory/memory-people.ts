import { EngineError } from "../../lib/engine-error.ts";
import type { MemoryStoreLimits } from "./memory-limits.ts";
import type { AuthenticatorRecord, DeviceRecord, ReviewerRecord, UserChanges, UserRecord } from "../records.ts";
import type { Activation } from "../store.ts";
import type { Page, UserFilter } from "../filters.ts";

interface Person {
  user: UserRecord | undefined;
  authenticators: readonly AuthenticatorRecord[];
  /** By device id, the one longest unused first. */
  readonly devices: Map<string, DeviceRecord>;
}

/** The memory store's users with their authenticators and devices. */
export interface MemoryPeople {
  user(userId: string): UserRecord | undefined;
  updateUser(userId: string, changes: UserChanges, now: number): UserRecord;
  listUsers(filter: UserFilter): Page<UserRecord>;
  remove(userId: string): void;
  authenticators(userId: string): readonly AuthenticatorRecord[];
  findCredential(credentialId: string): AuthenticatorRecord | undefined;
  owners(address: { readonly email: string } | { readonly phoneNumber: string }, limit: number): readonly string[];
  addAuthenticator(authenticator: AuthenticatorRecord): void;
  activate(authenticator: AuthenticatorRecord, activation: Activation): AuthenticatorRecord | undefined;
  replaceAuthenticator(current: AuthenticatorRecord, next: AuthenticatorRecord): boolean;
  deleteAuthenticator(userId: string, userAuthenticatorId: string): boolean;
  device(userId: string, deviceId: string): DeviceRecord | undefined;
  devices(userId: string): readonly DeviceRecord[];
  putDevice(device: DeviceRecord): void;
}

export function createMemoryPeople(limits: MemoryStoreLimits): MemoryPeople {
  const people = new Map<string, Person>();
  /** Owners of passkeys, by credential id. */
  const owners = new Map<string, string>();

  function person(userId: string): Person {
    const known = people.get(userId);
    if (known !== undefined) return known;
    if (people.size >= limits.users) {
      throw new EngineError("store_full", `The memory store holds ${limits.users} users already.`);
    }
    const created: Person = { user: undefined, authenticators: [], devices: new Map() };
    people.set(userId, created);
    return created;
  }

  function setAuthenticators(owner: Person, next: readonly AuthenticatorRecord[]): void {
    for (const { credential } of owner.authenticators) if (credential) owners.delete(credential.credentialId);
    for (const { credential, userId } of next) if (credential) owners.set(credential.credentialId, userId);
    owner.authenticators = next;
  }

  function activate(candidate: AuthenticatorRecord, activation: Activation): AuthenticatorRecord | undefined {
    const owner = people.get(candidate.userId);
    const current = owner?.authenticators.find((one) => one.userAuthenticatorId === candidate.userAuthenticatorId);
    if (owner === undefined || current === undefined) return undefined;
    if (current.version !== candidate.version || current.verifiedAt !== undefined) return undefined;
    if (activation.onlyIfFirst && owner.authenticators.some((one) => one.verifiedAt !== undefined)) return undefined;
    const { credential } = activation.changes;
    if (credential !== undefined && owners.has(credential.credentialId)) return undefined;
    const active = changedRecord(current, {
      ...activation.changes,
      enrollment: undefined,
      verifiedAt: activation.verifiedAt,
      version: current.version + 1,
    });
    setAuthenticators(owner, [
      ...owner.authenticators.filter(
        (one) =>
          one !== current && !(activation.replacesOthers && one.verificationMethod === active.verificationMethod),
      ),
      active,
    ]);
    return active;
  }

  return {
    user: (userId) => people.get(userId)?.user,
    updateUser(userId, changes, now) {
      const owner = person(userId);
      const next: Record<string, unknown> = { ...(owner.user ?? { userId, createdAt: now }) };
      for (const [field, value] of Object.entries(changes)) {
        if (value === null) delete next[field];
        else if (value !== undefined) next[field] = value;
      }
      owner.user = Object.freeze(next as unknown as UserRecord);
      return owner.user;
    },
    listUsers({ email, phoneNumber, username, limit, after }) {
      const items: UserRecord[] = [];
      let reached = after === undefined;
      for (const { user } of people.values()) {
        if (user === undefined) continue;
        if (!reached) {
          reached = user.userId === after;
          continue;
        }
        if (email !== undefined && user.email !== email) continue;
        if (phoneNumber !== undefined && user.phoneNumber !== phoneNumber) continue;
        if (username !== undefined && user.username !== username) continue;
        if (items.length === limit) return { items, next: items[limit - 1]?.userId ?? "" };
        items.push(user);
      }
      return { items };
    },
    remove(userId) {
      const owner = people.get(userId);
      if (owner !== undefined) setAuthenticators(owner, []);
      people.delete(userId);
    },
    authenticators: (userId) => people.get(userId)?.authenticators ?? [],
    findCredential: (credentialId) =>
      people
        .get(owners.get(credentialId) ?? "")
        ?.authenticators.find(({ credential }) => credential?.credentialId === credentialId),
    owners(address, limit) {
      const isOf = ({ email, phoneNumber }: AuthenticatorRecord): boolean =>
        "email" in address ? email === address.email : phoneNumber === address.phoneNumber;
      const owners = [...people].filter(([, { authenticators }]) =>
        authenticators.some((one) => one.verifiedAt !== undefined && isOf(one)),
      );
      return owners
        .map(([userId]) => userId)
        .toSorted()
        .slice(0, limit);
    },
    addAuthenticator(authenticator) {
      const owner = person(authenticator.userId);
      const kept = owner.authenticators.filter(
        (one) => one.verifiedAt !== undefined || one.verificationMethod !== authenticator.verificationMethod,
      );
      if (kept.length >= limits.authenticatorsPerUser) {
        throw new EngineError("store_full", "The user has the maximum number of authenticators.");
      }
      setAuthenticators(owner, [...kept, authenticator]);
    },
    activate,
    replaceAuthenticator(current, next) {
      const owner = people.get(current.userId);
      const index =
        owner?.authenticators.findIndex(
          (one) => one.userAuthenticatorId === current.userAuthenticatorId && one.version === current.version,
        ) ?? -1;
      if (owner === undefined || index < 0) return false;
      setAuthenticators(owner, owner.authenticators.with(index, next));
      return true;
    },
    deleteAuthenticator(userId, userAuthenticatorId) {
      const owner = people.get(userId);
      const kept = owner?.authenticators.filter((one) => one.userAuthenticatorId !== userAuthenticatorId) ?? [];
      if (owner === undefined || kept.length === owner.authenticators.length) return false;
      setAuthenticators(owner, kept);
      return true;
    },
    device: (userId, deviceId) => people.get(userId)?.devices.get(deviceId),
    devices: (userId) => [...(people.get(userId)?.devices.values() ?? [])],
    putDevice(device) {
      const { devices } = person(device.userId);
      devices.delete(device.deviceId);
      const [longestUnused] = devices.keys();
      if (devices.size >= limits.devicesPerUser && longestUnused !== undefined) devices.delete(longestUnused);
      devices.set(device.deviceId, Object.freeze(device));
    },
  };
}

/**
 * A record with other members, those that are undefined left out. It inherits what the record did, which is nothing where the
 * engine has put it there.
 */
export function changedRecord<Kept extends object>(
  record: Kept,
  changes: { readonly [Name in keyof Kept]?: Kept[Name] | undefined },
): Kept {
  const changed = Object.create(Object.getPrototypeOf(record) as object | null) as Record<string, unknown>;
  for (const [name, value] of Object.entries({ ...record, ...changes })) if (value !== undefined) changed[name] = value;
  return changed as Kept;
}

/** The memory store's reviewers. */
interface MemoryReviewers {
  list(): readonly ReviewerRecord[];
  find(by: { readonly reviewerId: string } | { readonly userHandle: string }): ReviewerRecord | undefined;
  put(reviewer: ReviewerRecord): boolean;
  remove(reviewerId: string): boolean;
}

export function createMemoryReviewers(limit: number): MemoryReviewers {
  const reviewers = new Map<string, ReviewerRecord>();

  return {
    list: () => [...reviewers.values()],
    find: (by) =>
      "reviewerId" in by
        ? reviewers.get(by.reviewerId)
        : [...reviewers.values()].find(({ userHandle }) => userHandle === by.userHandle),
    put(reviewer) {
      const { reviewerId, version } = reviewer;
      if ((reviewers.get(reviewerId)?.version ?? 0) !== version - 1) return false;
      if (version === 1 && reviewers.size >= limit) {
        throw new EngineError("store_full", `The memory store holds ${limit} reviewers already.`);
      }
      reviewers.set(reviewerId, Object.freeze(reviewer));
      return true;
    },
    remove: (reviewerId) => reviewers.delete(reviewerId),
  };
}

/** The methods of those that are verified. */
export function enrolledMethods(authenticators: readonly AuthenticatorRecord[]): readonly string[] {
  if (authenticators.length === 0) return [];
  const methods = new Set<string>();
  for (const { verificationMethod, verifiedAt } of authenticators) {
    if (verifiedAt !== undefined) methods.add(verificationMethod);
  }
  return [...methods];
}
