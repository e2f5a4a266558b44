import { createServer as createHttpServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type CodeMessage, createEngine, type Engine, type EngineOptions, type Policy } from "@require-action/engine";
import { createServer, toNodeHandler } from "@require-action/server";
import { createManualClock, type ManualClock } from "@require-action/testing";
import type { Files } from "./backend.ts";

const policy: Policy = {
  actions: {
    "withdraw-funds": { defaultOutcome: "CHALLENGE" },
    "read-mail": { defaultOutcome: "CHALLENGE", verificationMethods: ["EMAIL_OTP"] },
    "see-balance": { defaultOutcome: "ALLOW" },
  },
};

/** A link that was sent to a mailbox. */
interface SentLink {
  readonly url: string;
}

/** A real engine behind its Client API, at `/v1` of an origin of this machine. */
export interface AuthServer {
  readonly origin: string;
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly mails: readonly CodeMessage[];
  readonly links: readonly SentLink[];
  /** Paths of the Client API that were called, in order. */
  readonly calls: readonly string[];
  /** Tracks an action of alice's, and returns its token and key. */
  track(
    action?: string,
    attributes?: Partial<Parameters<Engine["track"]>[0]["attributes"]>,
  ): Promise<{ readonly token: string; readonly idempotencyKey: string }>;
  /** The token of what was tracked last. */
  readonly lastToken: string;
  /** The state of an action that was tracked. */
  stateOf(idempotencyKey: string, action?: string): Promise<string | undefined>;
  close(): Promise<void>;
}

let keys = 0;

/** Starts it, with an application's files beside it. */
export async function startAuthServer({
  files = {},
  engine: options = {},
}: { readonly files?: Files; readonly engine?: Partial<EngineOptions> } = {}): Promise<AuthServer> {
  const clock = createManualClock(Date.now());
  const mails: CodeMessage[] = [];
  const links: SentLink[] = [];
  const calls: string[] = [];
  let lastToken = "";
  const http = createHttpServer().listen(0, "127.0.0.1");
  await once(http, "listening");
  const origin = `http://localhost:${(http.address() as AddressInfo).port}`;
  const engine = createEngine({
    policy,
    secrets: ["an engine secret for tests, 32 bytes long"],
    issuer: "Bank",
    baseUrl: origin,
    clock,
    delivery: {
      sendEmail: (message) => void mails.push(message),
      sendMagicLink: (message) => void links.push(message),
    },
    passkeys: { rpId: "localhost", rpName: "Bank", origins: [origin] },
    ...options,
  });
  const server = createServer(engine, { apiSecrets: ["a-server-api-secret"], tenantId: "bank", clock });
  const handle = toNodeHandler(server);
  http.on("request", (request, response) => {
    const { pathname } = new URL(request.url ?? "/", origin);
    const file = files[pathname];
    if (file !== undefined) {
      response.setHeader("content-type", file.type === "js" ? "text/javascript" : "text/html");
      response.end(file.content);
      return;
    }
    if (request.method === "POST") calls.push(pathname.replace("/v1/client/", ""));
    void handle(request, response);
  });
  return {
    origin,
    engine,
    clock,
    mails,
    links,
    calls,
    get lastToken() {
      return lastToken;
    },
    async track(action = "withdraw-funds", attributes = {}) {
      const idempotencyKey = `key-${++keys}`;
      const { signal } = new AbortController();
      const request = {
        userId: "alice",
        action,
        attributes: { idempotencyKey, ...attributes },
        ...(attributes.custom && { boundFields: ["amount"] }),
      };
      const { token = "" } = await engine.track(request, { signal });
      lastToken = token;
      return { token, idempotencyKey };
    },
    async stateOf(idempotencyKey, action = "withdraw-funds") {
      return (await engine.actions.find({ userId: "alice", action, idempotencyKey }))?.state;
    },
    async close() {
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}
