import { randomUUID } from "node:crypto";
import type { CodeAddress } from "../context/address-limits.ts";
import type { Attempts } from "../context/attempt-limits.ts";
import type { EngineContext } from "../context/engine-context.ts";
import { parseUserId } from "../context/track-input.ts";
import { isSameAddress } from "../lib/address.ts";
import { parseMailbox } from "../lib/mailbox.ts";
import { parsePhoneNumber } from "../lib/phone-number.ts";
import { parseObject } from "../lib/arguments.ts";
import { EngineError } from "../lib/engine-error.ts";
import { recoveryCodeMethod } from "../methods/recovery-code.ts";
import { replacedBy, type VerificationMethod } from "../methods/verification-method.ts";
import type { AuthenticatorRecord, UserRecord } from "../store/records.ts";
import type { PasskeyCredential } from "../webauthn/passkey-options.ts";
import { createRecoveryCodeIssuer } from "./recovery-codes.ts";

/** An authenticator that the application's backend has verified by its own means. */
export interface VerifiedAuthenticator {
  readonly verificationMethod: string;
  /** For EMAIL_OTP. */
  readonly email?: string;
  /** For SMS, in E.164 form. */
  readonly phoneNumber?: string;
  /** For AUTHENTICATOR_APP: an `otpauth://totp/` URI of SHA-1, 6 digits and 30 seconds, as most services write them. */
  readonly otpUri?: string;
  /** Takes a secret of 80 to 111 bits too, as older services made them: less than NIST SP 800-63B-4 demands. */
  readonly allowShortSecret?: boolean;
  /** Makes recovery codes for a user who has none, where they can stand in for this authenticator: false by default. */
  readonly withRecoveryCodes?: boolean;
}

/** An authenticator that the backend has enrolled. */
interface EnrolledAuthenticator extends Authenticator {
  /** For the user to keep, shown this once. */
  readonly recoveryCodes?: readonly string[];
}

/** Users' authenticators, for the application's backend: none of this asks the user for proof. */
export interface Authenticators {
  /** Lists those that can be used. */
  list(userId: string): Promise<readonly Authenticator[]>;
  /** @throws EngineError `verification_method_unknown`, `request_invalid` */
  enrollVerified(userId: string, authenticator: VerifiedAuthenticator): Promise<EnrolledAuthenticator>;
  /** Takes an authenticator away. @throws EngineError `not_found` */
  remove(userId: string, userAuthenticatorId: string): Promise<void>;
  /** Forgets wrong answers, the user's own count too, so that a locked authenticator can be used again. @throws EngineError `not_found` */
  unlock(userId: string, userAuthenticatorId: string): Promise<void>;
  /**
   * Ends the waits that strangers' wrong codes to an address brought about. Spelled as it may be: a mailbox is counted once.
   * @throws EngineError `request_invalid` for what is no address
   */
  unlockAddress(address: CodeAddress): Promise<void>;
}

/**
 * Enrols what the application's backend vouches for. Where users have one of the method, it takes the place of the one before,
 * and with that one go its open codes and what it approved. @throws EngineError `request_invalid`, `state_conflict`
 */
export async function adopt(
  { store, clock, audit }: Pick<EngineContext, "store" | "clock" | "audit">,
  userId: string,
  method: VerificationMethod,
  input: Readonly<Record<string, unknown>>,
): Promise<AuthenticatorRecord> {
  const userAuthenticatorId = randomUUID();
  const fields = method.adopt?.({ userId, userAuthenticatorId, user: undefined, authenticators: [], input });
  const now = clock.now();
  const identity = { userId, userAuthenticatorId, verificationMethod: method.name };
  const pending = { ...fields, ...identity, createdAt: now, version: 0 };
  const started = { type: "authenticator.enrollment_started", at: now, ...identity, actor: "backend" } as const;
  await store.addAuthenticator(pending, started);
  audit.emit(started);
  const enrolled = {
    type: "authenticator.enrolled",
    at: now,
    ...identity,
    actor: "backend",
    ...replacedBy(method, await store.listAuthenticators(userId)),
  } as const;
  const active = await store.activateAuthenticator(
    pending,
    { onlyIfFirst: false, replacesOthers: method.isSingle, verifiedAt: now, changes: {} },
    enrolled,
  );
  if (active === undefined) throw new EngineError("state_conflict", "Another enrolment has replaced it.");
  audit.emit(enrolled);
  return active;
}

export function createAuthenticators(context: EngineContext, attempts: Attempts): Authenticators {
  const { store, clock, audit, methods } = context;
  const addRecoveryCodes = createRecoveryCodeIssuer(context);
  const hasRecoveryCodes = async (userId: string): Promise<boolean> =>
    (await store.listAuthenticators(userId)).some((one) => one.verificationMethod === recoveryCodeMethod);

  return {
    async list(userId) {
      const records = await store.listAuthenticators(parseUserId(userId));
      return records.filter(({ verifiedAt }) => verifiedAt !== undefined).map(describeAuthenticator);
    },
    async enrollVerified(userId, enrolment) {
      const { verificationMethod, withRecoveryCodes, ...input } = parseObject(enrolment, "enrolment");
      const method = methods.get(verificationMethod);
      if (method?.adopt === undefined) {
        const known = [...methods].filter(([, { adopt }]) => adopt !== undefined).map(([name]) => name);
        const which = known.length === 0 ? "no method" : known.join(", ");
        throw new EngineError(
          "verification_method_unknown",
          `As it is set up, the engine takes ${which} from the backend.`,
        );
      }
      const active = await adopt(context, parseUserId(userId), method, input);
      const described = describeAuthenticator(active);
      if (withRecoveryCodes !== true || (await hasRecoveryCodes(userId))) return described;
      const recoveryCodes = await addRecoveryCodes(active, method);
      return recoveryCodes === undefined ? described : { ...described, recoveryCodes };
    },
    async remove(userId, userAuthenticatorId) {
      const event = {
        type: "authenticator.removed",
        at: clock.now(),
        userId: parseUserId(userId),
        userAuthenticatorId,
        actor: "backend",
      } as const;
      if (!(await store.deleteAuthenticator(userId, userAuthenticatorId, event))) {
        throw new EngineError("not_found", "The user has no such authenticator.");
      }
      audit.emit(event);
    },
    async unlockAddress(request) {
      const { verificationMethod, address } = parseObject(request, "request");
      if (parseMailbox(address) === undefined && parsePhoneNumber(address) === undefined) {
        throw new EngineError("request_invalid", "address is neither an e-mail address nor a phone number.");
      }
      await attempts.addresses.unlock({ verificationMethod, address });
      await audit.append({ type: "address.unlocked", at: clock.now(), verificationMethod, actor: "backend" });
    },
    async unlock(userId, userAuthenticatorId) {
      const records = await store.listAuthenticators(parseUserId(userId));
      const locked = records.find((one) => one.userAuthenticatorId === userAuthenticatorId);
      if (locked === undefined) throw new EngineError("not_found", "The user has no such authenticator.");
      await attempts.unlock(userId, locked);
      await audit.append({
        type: "authenticator.unlocked",
        at: clock.now(),
        userId,
        userAuthenticatorId,
        actor: "backend",
      });
    },
  };
}

/**
 * The user, with `emailVerified` and `phoneNumberVerified` where the application has said nothing of them and an authenticator is
 * verified at the very address.
 */
export async function withProvenAddresses(
  store: Pick<EngineContext["store"], "listAuthenticators">,
  user: UserRecord,
): Promise<UserRecord> {
  const { userId, email, emailVerified, phoneNumber, phoneNumberVerified } = user;
  const isEmailOpen = email !== undefined && emailVerified === undefined;
  const isPhoneOpen = phoneNumber !== undefined && phoneNumberVerified === undefined;
  if (!isEmailOpen && !isPhoneOpen) return user;
  const verified = (await store.listAuthenticators(userId)).filter(({ verifiedAt }) => verifiedAt !== undefined);
  const isAt = (field: "email" | "phoneNumber", address: string): boolean =>
    verified.some((one) => one[field] !== undefined && isSameAddress(one[field], address));
  return {
    ...user,
    ...(isEmailOpen && isAt("email", email) ? { emailVerified: true } : {}),
    ...(isPhoneOpen && isAt("phoneNumber", phoneNumber) ? { phoneNumberVerified: true } : {}),
  };
}

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
  /** Of a passkey or a security key. */
  readonly webauthnCredential?: {
    /** What its owner calls it, as they wrote it: show it with what readers do not see made visible. */
    readonly name?: string;
    readonly credentialId: string;
    /** The model, as a UUID; all zeros when it is unknown. */
    readonly aaguid: string;
    readonly credentialBackedUp: boolean;
    readonly credentialDeviceType: "singleDevice" | "multiDevice";
    readonly verifiedAt: string;
    readonly authenticatorAttachment?: "platform" | "cross-platform";
    /** The device that enrolled it, where the application has named one. Keep it from browsers: rules may trust who says it. */
    readonly deviceId?: string;
    /** The browser that enrolled it, as it described itself. */
    readonly userAgent?: string;
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
      : { webauthnCredential: describeCredential(credential, verifiedAt ?? createdAt, record) }),
  };
}

function describeCredential(
  { credentialId, aaguid, backedUp, backupEligible, attachment }: PasskeyCredential,
  verifiedAt: number,
  { name, enrolledOn }: Pick<AuthenticatorRecord, "name" | "enrolledOn">,
): NonNullable<Authenticator["webauthnCredential"]> {
  return {
    ...(name === undefined ? {} : { name }),
    credentialId,
    aaguid,
    credentialBackedUp: backedUp,
    credentialDeviceType: backupEligible ? "multiDevice" : "singleDevice",
    verifiedAt: isoTime(verifiedAt),
    ...(attachment === undefined ? {} : { authenticatorAttachment: attachment }),
    ...enrolledOn,
  };
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
