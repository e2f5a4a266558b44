import { setImmediate } from "node:timers/promises";
import {
  type CodeMessage,
  createEngine,
  createMemoryStore,
  type Engine,
  type EngineOptions,
  type Policy,
  type Store,
} from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { createManualClock, type ManualClock } from "@require-action/testing";
import { codeAt } from "@require-action-test/support/codes";

export const minute = 60_000;

export const policy: Policy = {
  actions: {
    "withdraw-funds": {
      defaultOutcome: "CHALLENGE",
      rules: [
        {
          ruleId: "blocked-payee",
          name: "Listed payee",
          priority: 1,
          type: "BLOCK",
          conditions: { in: [{ var: "custom.payee" }, { var: "lists.blocked" }] },
        },
        {
          ruleId: "large",
          name: "Large amount",
          priority: 2,
          type: "REVIEW",
          conditions: { ">": [{ var: "custom.amount" }, 10_000] },
        },
        {
          ruleId: "small",
          name: "Small amount",
          priority: 3,
          type: "ALLOW",
          conditions: { "<": [{ var: "custom.amount" }, 10] },
        },
      ],
    },
    "change-password": { defaultOutcome: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP"] },
    "read-mail": { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] },
    "close-account": { defaultOutcome: "REVIEW" },
    "sign-in": { defaultOutcome: "ALLOW" },
  },
  dataPoints: [
    { name: "amount", type: "decimal", optional: true },
    { name: "payee", type: "text", optional: true },
  ],
  lists: { blocked: ["mallory"] },
};

export interface Harness {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly mails: CodeMessage[];
  readonly events: AuditEvent[];
}

export const secret = "an engine secret for tests, 32 bytes long";

export function createHarness(options: Partial<EngineOptions> = {}): Harness {
  const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
  const mails: CodeMessage[] = [];
  const events: AuditEvent[] = [];
  const engine = createEngine({
    policy,
    secrets: [secret],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example/authsignal",
    delivery: { sendEmail: async (message) => void mails.push(message) },
    clock,
    onEvent: (event) => void events.push(event),
    ...options,
  });
  return { engine, clock, mails, events };
}

/** Options of a call that nobody aborts. */
export const never: { readonly signal: AbortSignal } = {
  get signal() {
    return new AbortController().signal;
  },
};

/** A store as far away as a server is: others get their turn before and after each of its steps. */
export function remote(store: Store = createMemoryStore()): Store {
  return new Proxy(store, {
    get(target, name) {
      const verb: unknown = Reflect.get(target, name);
      if (typeof verb !== "function") return verb;
      return async (...args: unknown[]) => {
        await setImmediate();
        const answer: unknown = await (verb as (...args: unknown[]) => unknown)(...args);
        await setImmediate();
        return answer;
      };
    },
  });
}

let keys = 0;

/** Tracks an action under a new key, as a guard that binds all of `custom`, and returns its challenge token, if it has one. */
export async function track(
  engine: Engine,
  userId: string,
  action = "withdraw-funds",
  attributes: Partial<Parameters<Engine["track"]>[0]["attributes"]> = {},
): Promise<{
  token: string;
  state: string;
  isEnrolled: boolean;
  key: { userId: string; action: string; idempotencyKey: string };
}> {
  const idempotencyKey = `key-${++keys}`;
  const {
    token = "",
    state,
    isEnrolled,
  } = await engine.track(
    {
      userId,
      action,
      attributes: { idempotencyKey, ...attributes },
      ...(attributes.custom && { boundFields: Object.keys(attributes.custom) }),
    },
    never,
  );
  return { token, state, isEnrolled, key: { userId, action, idempotencyKey } };
}

/** Enrols an authenticator app, then waits until its next code; answers with its secret. */
export async function enrollApp({ engine, clock }: Harness, userId: string): Promise<string> {
  const { token } = await track(engine, userId);
  const { secret: shared = "" } = await engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
  const { isVerified } = await engine.challenges.verify(token, "AUTHENTICATOR_APP", codeAt(shared, clock.now()));
  if (!isVerified) throw new Error("The enrolment failed.");
  clock.advance(30_000);
  return shared;
}

/** The last code that was mailed. */
export function lastCode({ mails }: Harness): string {
  return mails.at(-1)?.code ?? "";
}
