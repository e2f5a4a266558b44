import type { CustomValue } from "@require-action/core/provider";
import type { EngineContext } from "../context/engine-context.ts";
import { EngineError } from "../lib/engine-error.ts";
import type { VerificationMethod } from "../methods/verification-method.ts";
import { shownFields } from "../receipts/shown-fields.ts";
import { assertOpen, type Bearer, enrollmentAuthority, enrollsByChallenge, mayApprove } from "./bearer.ts";
import { listSentCodes, type SentCode } from "./sent-codes.ts";

/** A challenge, as its bearer may know it. */
export interface ChallengeDescription {
  /** `ALLOW` where the token is for enrolling only. */
  readonly state: "CHALLENGE_REQUIRED" | "ALLOW";
  readonly action: string;
  /** What is approved: the fields that the guard has bound, and those that the policy shows. */
  readonly fields: Readonly<Record<string, CustomValue>>;
  /** What it can be answered with, strongest first; without {@link backupMethods}. */
  readonly verificationMethods: readonly string[];
  /** The policy's preference, else the strongest; absent when the user has nothing to answer with. */
  readonly defaultVerificationMethod?: string;
  /** What stands in for a lost authenticator. */
  readonly backupMethods: readonly string[];
  /** What the bearer may enrol, strongest first. */
  readonly enrollableMethods: readonly string[];
  readonly user: { readonly email?: string; readonly phoneNumber?: string };
  readonly sentCodes: readonly (Pick<SentCode, "verificationMethod" | "purpose" | "email" | "phoneNumber"> & {
    readonly sentAgoMs: number;
  })[];
  /** How long the token is good for. */
  readonly expiresInMs: number;
}

/** @throws EngineError `challenge_not_open`, `token_invalid` for a result token */
export async function describeChallenge(context: EngineContext, bearer: Bearer): Promise<ChallengeDescription> {
  const { store, clock, methods } = context;
  const { action, authenticators, claims } = bearer;
  const isAllowed = claims.kind === "factors" && action.state === "ALLOW";
  if (!isAllowed) assertOpen(bearer);
  const { allowedVerificationMethods: allowed, defaultVerificationMethod: preferred, attributes } = action;

  async function canAnswer(method: VerificationMethod): Promise<boolean> {
    if (isAllowed || allowed?.includes(method.name) === false) return false;
    const hasOne = authenticators.some(
      (one) => one.verificationMethod === method.name && one.verifiedAt !== undefined && mayApprove(action, one),
    );
    return hasOne || enrollsByChallenge(store, bearer, method);
  }

  function canEnroll(method: VerificationMethod): boolean {
    try {
      enrollmentAuthority(context, claims, action, authenticators, method);
      return true;
    } catch (error) {
      if (error instanceof EngineError) return false;
      throw error;
    }
  }

  const usable: VerificationMethod[] = [];
  for (const method of methods.values()) if (await canAnswer(method)) usable.push(method);
  const names = (isBackup: boolean): readonly string[] =>
    usable.filter((method) => method.isBackup === isBackup).map(({ name }) => name);
  const verificationMethods = names(false);
  const byDefault =
    preferred !== undefined && verificationMethods.includes(preferred) ? preferred : verificationMethods[0];
  const user = await store.findUser(action.userId);
  const addressOf = (field: "email" | "phoneNumber"): string | undefined =>
    authenticators.find((one) => one.verifiedAt !== undefined && one[field] !== undefined)?.[field] ??
    attributes[field] ??
    user?.[field];
  const [email, phoneNumber] = [addressOf("email"), addressOf("phoneNumber")];
  const now = clock.now();
  return {
    state: isAllowed ? "ALLOW" : "CHALLENGE_REQUIRED",
    action: action.action,
    fields: shownFields(action),
    verificationMethods,
    ...(byDefault === undefined ? {} : { defaultVerificationMethod: byDefault }),
    backupMethods: names(true),
    enrollableMethods: Array.from(methods.values())
      .filter(canEnroll)
      .map(({ name }) => name),
    user: { ...(email === undefined ? {} : { email }), ...(phoneNumber === undefined ? {} : { phoneNumber }) },
    sentCodes: (await listSentCodes(context, bearer)).map((code) => ({
      verificationMethod: code.verificationMethod,
      purpose: code.purpose,
      ...(code.email === undefined ? {} : { email: code.email }),
      ...(code.phoneNumber === undefined ? {} : { phoneNumber: code.phoneNumber }),
      sentAgoMs: Math.max(0, now - code.sentAt),
    })),
    expiresInMs: Math.max(0, claims.expiresAt - now),
  };
}
