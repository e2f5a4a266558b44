import { type Answer, basic, send } from "@require-action-test/support/send";
import { Authsignal } from "@authsignal/node";
import { codeAt } from "@require-action-test/support/codes";
import { serve } from "@require-action-test/support/serve";
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
import { createServer, type ServerOptions, toNodeHandler } from "../src/index.ts";
import { createManualClock, type ManualClock } from "@require-action/testing";

export { type Answer, basic, send } from "@require-action-test/support/send";

export const apiSecret = "a-server-api-secret";
export const tenantId = "bank";
export const appOrigin = "https://app.example";
export const minute = 60_000;
/** What every test user's authenticator app is set up with. */
export const sharedSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";

export const policy: Policy = {
  actions: {
    "withdraw-funds": {
      defaultOutcome: "CHALLENGE",
      rules: [
        {
          ruleId: "blocked-payee",
          name: "Listed payee",
          description: "The payee is on the list",
          priority: 1,
          type: "BLOCK",
          conditions: { in: [{ var: "custom.payee" }, { var: "lists.blocked" }] },
        },
        {
          ruleId: "large",
          name: "Large amount",
          priority: 2,
          type: "REVIEW",
          conditions: { ">": [{ var: "custom.amount" }, "1000"] },
        },
        {
          ruleId: "small",
          name: "Small amount",
          priority: 3,
          type: "ALLOW",
          conditions: { "<": [{ var: "custom.amount" }, "10"] },
        },
      ],
    },
    "change-password": { defaultOutcome: "CHALLENGE", verificationMethods: ["AUTHENTICATOR_APP"] },
    "close-account": { defaultOutcome: "REVIEW" },
    "sign-in": { defaultOutcome: "ALLOW" },
    "use-list": { defaultOutcome: "BLOCK" },
  },
  dataPoints: [
    { name: "amount", type: "decimal", optional: true, show: true },
    { name: "payee", type: "text", optional: true, show: true },
  ],
  lists: { blocked: ["mallory"] },
};

/** A served engine, and the official SDK that calls it. */
export interface Harness {
  readonly origin: string;
  readonly engine: Engine;
  readonly store: Store;
  readonly clock: ManualClock;
  readonly messages: CodeMessage[];
  readonly events: AuditEvent[];
  readonly sdk: Authsignal;
  /** Calls the Server API below `/v1`, with the secret unless other headers are given. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly engine?: Partial<EngineOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly store?: Store;
}

export async function createHarness(options: HarnessOptions = {}): Promise<Harness> {
  const clock = createManualClock(Date.UTC(2026, 0, 15, 12));
  const messages: CodeMessage[] = [];
  const events: AuditEvent[] = [];
  const store = options.store ?? createMemoryStore();
  const keep = (message: CodeMessage): void => void messages.push(message);
  const delivery = { sendEmail: keep, sendSms: keep };
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example",
    store,
    delivery,
    clock,
    onEvent: (event) => void events.push(event),
    ...options.engine,
  });
  const server = createServer(engine, {
    apiSecrets: [apiSecret],
    tenantId,
    allowedOrigins: [appOrigin],
    store,
    delivery,
    clock,
    ...options.server,
  });
  const { origin, close } = await serve(toNodeHandler(server), "127.0.0.1");

  return {
    origin,
    engine,
    store,
    clock,
    messages,
    events,
    sdk: new Authsignal({ apiSecretKey: apiSecret, apiUrl: `${origin}/v1`, retries: 0 }),
    call: (method, path, body, headers = { authorization: basic(apiSecret) }) =>
      send(`${origin}/v1${path}`, method, body, headers),
    close,
  };
}

/** Gives a user an authenticator app. */
export async function enrollApp({ engine }: Pick<Harness, "engine">, userId: string): Promise<void> {
  await engine.authenticators.enrollVerified(userId, {
    verificationMethod: "AUTHENTICATOR_APP",
    otpUri: `otpauth://totp/bank:user?secret=${sharedSecret}&issuer=bank`,
  });
}

/** Answers a challenge as the user's browser does; resolves to the result token. */
export async function completeChallenge({ origin, clock }: Harness, token: string): Promise<string> {
  clock.advance(30_000);
  const headers = { authorization: `Bearer ${token}` };
  const url = `${origin}/v1/client/verify/totp`;
  const { json } = await send(url, "POST", { verificationCode: codeAt(sharedSecret, clock.now()) }, headers);
  return json.accessToken;
}

/** The status and code of the SDK's error. */
export async function refusal(call: Promise<unknown>): Promise<{ status: number; code: string; description: string }> {
  try {
    await call;
  } catch (error) {
    const { statusCode, errorCode, errorDescription } = error as {
      statusCode: number;
      errorCode: string;
      errorDescription: string;
    };
    return { status: statusCode, code: errorCode, description: errorDescription };
  }
  throw new Error("The call was not refused.");
}
