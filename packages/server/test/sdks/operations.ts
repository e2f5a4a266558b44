import { expect } from "vitest";
import { completeChallenge, enrollApp, type Harness } from "../harness.ts";

/** What a call is about. An operation gives those that it needs. */
export interface Given {
  readonly userId: string;
  readonly action: string;
  readonly idempotencyKey: string;
  readonly token: string;
  readonly email: string;
  readonly challengeId: string;
  readonly verificationCode: string;
  readonly userAuthenticatorId: string;
  readonly deviceId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export const email = "alice@bank.example";
const action = "withdraw-funds";

/** What an operation needs, what its answer must say, and what must be so afterwards. */
export interface Scenario {
  readonly given: (harness: Harness) => Promise<Partial<Given>>;
  /** Members that each SDK reads, or those of them that it has. `undefined` where it reads nothing. */
  readonly answers?: object;
  readonly afterwards?: (harness: Harness, given: Given) => Promise<void>;
}

/** Operations by the name that the Node SDK has for them. The last three it does not have. */
export type Operation = keyof typeof operations;

async function enrolled(harness: Harness): Promise<Partial<Given>> {
  await enrollApp(harness, "alice");
  const [one] = await harness.sdk.getAuthenticators({ userId: "alice" });
  return { userAuthenticatorId: one?.userAuthenticatorId ?? "" };
}

async function tracked(harness: Harness): Promise<Partial<Given>> {
  await enrolled(harness);
  const attributes = { idempotencyKey: "key-1", deviceId: "device-1" };
  const { token } = await harness.sdk.track({ userId: "alice", action, attributes });
  return { token };
}

async function completed(harness: Harness): Promise<Partial<Given>> {
  const { token = "" } = await tracked(harness);
  return { token: await completeChallenge(harness, token) };
}

async function session(harness: Harness): Promise<Partial<Given>> {
  const { token = "" } = await completed(harness);
  return harness.sdk.createSession({ clientId: "web", token, action });
}

async function challenged(harness: Harness): Promise<Partial<Given>> {
  const { json } = await harness.call("POST", "/challenge", { verificationMethod: "EMAIL_OTP", action, email });
  return { challengeId: json.challengeId, verificationCode: harness.messages.at(-1)?.code ?? "" };
}

async function verified(harness: Harness): Promise<Partial<Given>> {
  const { challengeId = "", verificationCode = "" } = await challenged(harness);
  await harness.sdk.verify({ challengeId, verificationCode });
  return { challengeId };
}

const nothing = async (): Promise<Partial<Given>> => ({});

async function isOver({ sdk }: Harness, { accessToken }: Given): Promise<void> {
  await expect(sdk.validateSession({ accessToken })).rejects.toMatchObject({ statusCode: 401 });
}

const text = expect.any(String) as string;
const authenticator = { userId: "alice", userAuthenticatorId: text, verificationMethod: "EMAIL_OTP", email };

export const operations = {
  getUser: {
    given: async (harness) => {
      await harness.sdk.updateUser({ userId: "alice", attributes: { email, custom: { plan: "gold" } } });
      return enrolled(harness);
    },
    answers: {
      isEnrolled: true,
      email,
      custom: { plan: "gold" },
      enrolledVerificationMethods: ["AUTHENTICATOR_APP"],
      allowedVerificationMethods: expect.arrayContaining(["EMAIL_OTP"]) as unknown,
      defaultVerificationMethod: "AUTHENTICATOR_APP",
    },
  },
  queryUsers: {
    given: async ({ sdk }) => {
      await sdk.updateUser({ userId: "alice", attributes: { email } });
      return {};
    },
    answers: { users: [{ userId: "alice", email, emailVerified: false, phoneNumberVerified: false }] },
  },
  updateUser: {
    given: nothing,
    answers: { email, displayName: "Alice", custom: { plan: "gold" } },
    afterwards: async ({ sdk }) => {
      expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ displayName: "Alice", email });
    },
  },
  deleteUser: {
    given: enrolled,
    afterwards: async ({ sdk }) => {
      expect(await sdk.getUser({ userId: "alice" })).toMatchObject({ isEnrolled: false });
    },
  },
  getAuthenticators: {
    given: async (harness) => {
      await harness.engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email });
      return {};
    },
    answers: [{ ...authenticator, createdAt: text, verifiedAt: text }],
  },
  enrollVerifiedAuthenticator: {
    given: nothing,
    answers: { authenticator },
    afterwards: async ({ sdk }) => {
      expect(await sdk.getAuthenticators({ userId: "alice" })).toMatchObject([{ email }]);
    },
  },
  deleteAuthenticator: {
    given: enrolled,
    afterwards: async ({ sdk }) => {
      expect(await sdk.getAuthenticators({ userId: "alice" })).toEqual([]);
    },
  },
  track: {
    given: enrolled,
    answers: {
      state: "CHALLENGE_REQUIRED",
      idempotencyKey: "key-1",
      isEnrolled: true,
      token: text,
      url: expect.stringContaining("/challenge?token=") as string,
      enrolledVerificationMethods: ["AUTHENTICATOR_APP"],
      allowedVerificationMethods: expect.arrayContaining(["EMAIL_OTP"]) as unknown,
      defaultVerificationMethod: "AUTHENTICATOR_APP",
      ruleIds: [],
    },
    afterwards: async ({ engine }) => {
      const recorded = await engine.actions.find({ userId: "alice", action, idempotencyKey: "key-1" });
      expect(recorded?.attributes).toMatchObject({ custom: { amount: "25.50", payee: "bob" }, deviceId: "device-1" });
    },
  },
  validateChallenge: {
    given: completed,
    answers: {
      isValid: true,
      state: "CHALLENGE_SUCCEEDED",
      stateUpdatedAt: text,
      userId: "alice",
      action,
      idempotencyKey: "key-1",
      verificationMethod: "AUTHENTICATOR_APP",
    },
  },
  getAction: {
    given: tracked,
    answers: { state: "CHALLENGE_REQUIRED", createdAt: text, stateUpdatedAt: text, rules: [], output: {} },
  },
  queryUserActions: {
    given: tracked,
    answers: [{ actionCode: action, idempotencyKey: "key-1", state: "CHALLENGE_REQUIRED", updatedAt: text }],
  },
  updateAction: { given: tracked, answers: { state: "BLOCK" } },
  challenge: {
    given: nothing,
    answers: { challengeId: text, idempotencyKey: text, expiresAt: expect.any(Number) as number },
    afterwards: async ({ messages }) => {
      expect(messages).toMatchObject([{ to: email, action }]);
    },
  },
  verify: { given: challenged, answers: { isVerified: true, email, verificationMethod: "EMAIL_OTP" } },
  claimChallenge: {
    given: verified,
    answers: { token: text, verificationMethod: "EMAIL_OTP" },
  },
  getChallenge: {
    given: verified,
    answers: { challengeId: text, expiresAt: expect.any(Number) as number, email, action },
  },
  createSession: { given: completed, answers: { accessToken: text, refreshToken: text } },
  validateSession: { given: session, answers: { user: { userId: "alice" }, expiresAt: expect.any(Number) as number } },
  refreshSession: { given: session, answers: { accessToken: text, refreshToken: text } },
  revokeSession: { given: session, afterwards: isOver },
  revokeUserSessions: { given: session, afterwards: isOver },
  getDevices: {
    given: completed,
    answers: [{ userId: "alice", deviceId: "device-1", createdAt: text, lastVerificationMethod: "AUTHENTICATOR_APP" }],
  },
  invalidateDevice: { given: completed, answers: { deviceId: "device-1", invalidatedAt: text } },
  batchEnrollVerifiedAuthenticators: { given: nothing },
} as const satisfies Readonly<Record<string, Scenario>>;
