import { type ChallengeMethod, type ChallengeState, withoutAbsent } from "./challenge-state.ts";
import { methodsOnTheWire } from "./methods.ts";
import { hasPasskeys } from "./passkeys.ts";

/** What the Client API says of a challenge. */
export interface ChallengeDescription {
  readonly state: string;
  readonly action: string;
  readonly fields: NonNullable<ChallengeState["fields"]>;
  readonly verificationMethods: readonly string[];
  readonly defaultVerificationMethod?: string;
  readonly backupMethods: readonly string[];
  readonly enrollableMethods: readonly string[];
  readonly user: Readonly<Record<string, string>>;
  readonly sentCodes: readonly (Readonly<Record<string, string>> & { readonly sentAgoMs: number })[];
  readonly expiresInMs: number;
}

/** A text that differs where an answer has come through meanwhile. */
export function outlineOf(description: ChallengeDescription | undefined): string {
  const { state, verificationMethods, enrollableMethods } = description ?? {};
  return JSON.stringify([state, verificationMethods, enrollableMethods]);
}

/** What can complete a challenge in this browser: the preferred one first, recovery codes last. */
export function answersOf(description: ChallengeDescription): readonly ChallengeMethod[] {
  const { verificationMethods, defaultVerificationMethod: preferred, backupMethods } = description;
  const [first, others] = [[preferred ?? []].flat(), verificationMethods.filter((name) => name !== preferred)];
  return [...first, ...others, ...backupMethods].flatMap((name) => methodOf(name, description, "challenge"));
}

/** What can be set up in this browser. */
export function enrollableOf(description: ChallengeDescription): readonly ChallengeMethod[] {
  return description.enrollableMethods.flatMap((name) => methodOf(name, description, "enrollment"));
}

function methodOf(
  verificationMethod: string,
  { user, sentCodes }: ChallengeDescription,
  purpose: "challenge" | "enrollment",
): readonly ChallengeMethod[] {
  const method = methodsOnTheWire.get(verificationMethod);
  if (method === undefined || (method.kind === "passkey" && !hasPasskeys())) return [];
  const { kind, address: field = "" } = method;
  const sent = sentCodes.find((one) => one["verificationMethod"] === verificationMethod && one["purpose"] === purpose);
  const address = sent?.[field] ?? user[field];
  return [withoutAbsent({ verificationMethod, kind, address, sentAt: sent && Date.now() - sent.sentAgoMs })];
}
