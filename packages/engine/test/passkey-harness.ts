import type { EngineOptions, Policy } from "@require-action/engine";
import { createHarness, type Harness, policy as basePolicy, track } from "./harness.ts";
import {
  createSoftwareAuthenticator,
  type SoftwareAuthenticator,
  type SoftwarePasskey,
} from "@require-action-test/support/software-authenticator";

export const PASSKEY = "PASSKEY";
export const rpId = "bank.example";
export const origin = "https://www.bank.example";

export const policy: Policy = {
  ...basePolicy,
  actions: {
    ...basePolicy.actions,
    "change-limit": { defaultOutcome: "CHALLENGE", verificationMethods: [PASSKEY] },
    "blocked-sign-in": { defaultOutcome: "BLOCK" },
  },
};

export interface PasskeyHarness extends Harness {
  readonly authenticator: SoftwareAuthenticator;
}

export function createPasskeyHarness(options: Partial<EngineOptions> = {}): PasskeyHarness {
  const harness = createHarness({ policy, passkeys: { rpId, origins: [origin] }, ...options });
  return { ...harness, authenticator: createSoftwareAuthenticator({ rpId, origin }) };
}

type CreationOptions = Parameters<SoftwareAuthenticator["create"]>[0];

/** What a new passkey of the bearer is asked for. */
export async function creationOptions({ engine }: Harness, token: string): Promise<CreationOptions> {
  const { options } = await engine.challenges.enroll(token, PASSKEY, {});
  return options as CreationOptions;
}

/** Enrols the first passkey of a user, as the user of the token, or with a fresh one. */
export async function enrollPasskey(harness: PasskeyHarness, userId: string, token?: string): Promise<SoftwarePasskey> {
  const bearer = token ?? (await track(harness.engine, userId)).token;
  const { response, passkey } = harness.authenticator.create(await creationOptions(harness, bearer));
  const { isVerified } = await harness.engine.challenges.verify(bearer, PASSKEY, response);
  if (!isVerified) throw new Error("The enrolment failed.");
  return passkey;
}

/** A challenge that a passkey is to answer. */
export interface Asked {
  readonly token: string;
  readonly key: { readonly userId: string; readonly action: string; readonly idempotencyKey: string };
  readonly options: { readonly challenge: string };
}

/** Tracks an action and asks for the user's passkey. */
export async function askForPasskey(harness: Harness, userId: string, action?: string): Promise<Asked> {
  const { token, key } = await track(harness.engine, userId, action);
  const { options } = await harness.engine.challenges.send(token, PASSKEY);
  if (options === undefined) throw new Error("There are no options.");
  return { token, key, options };
}

/** Completes a challenge by passkey; answers with the result token. */
export async function resultByPasskey(harness: Harness, passkey: SoftwarePasskey, userId: string): Promise<string> {
  const { token, options } = await askForPasskey(harness, userId);
  const { accessToken = "" } = await harness.engine.challenges.verify(token, PASSKEY, passkey.get(options));
  return accessToken;
}

/** The precise reason of the last refusal, which no client learns. */
export function lastReason({ events }: Harness): string | undefined {
  return events.findLast(({ type }) => type.endsWith("refused"))?.reason;
}
