import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import type { Ledger } from "@require-action/core/ledger";
import type { ActionProvider } from "@require-action/core/provider";
import type { CodeMessage, Engine, Store } from "@require-action/engine";
import { type FetchHandler, hashPassword, type Reviewer } from "@require-action/server";
import { type Bank, createBank } from "./bank.ts";
import { createDecisionPoint } from "./decision-point.ts";
import { createSessions, type Sessions } from "./sessions.ts";

/** What an example's application is made of, whatever its framework. */
export interface AppOptions {
  /** Where it is served. */
  readonly url: string;
  readonly provider: ActionProvider;
  readonly bank: Bank;
  readonly sessions: Sessions;
  /** Secrets that seal approvals, newest first. */
  readonly sealSecrets: readonly string[];
  /** Serves whatever is below `/auth`: the pages and the API that challenges are completed with. It reads bodies itself. */
  readonly auth: FetchHandler;
  readonly guard: {
    readonly ledger: Ledger;
    readonly clock?: Clock;
    readonly on?: (event: GuardEvent) => void;
  };
}

/** Creates an example's application: what answers each request. */
export type CreateApp = (options: AppOptions) => RequestListener | Promise<RequestListener>;

/** An example that is being served. */
export interface RunningExample {
  readonly url: string;
  readonly engine: Engine;
  readonly bank: Bank;
  close(): Promise<void>;
}

export interface ExampleOptions {
  /** Any free port by default. */
  readonly port?: number;
  readonly clock?: Clock;
  /** Stands between the application and the engine. */
  readonly connect?: (engine: Engine) => ActionProvider;
  readonly onEmail?: (message: CodeMessage) => void;
  readonly on?: (event: GuardEvent) => void;
  /** Who decides reviews, at `/auth/console`; nobody by default. */
  readonly reviewers?: readonly Reviewer[];
  /** Where actions and used approvals are kept; in memory by default. */
  readonly store?: Store;
  readonly ledger?: Ledger;
}

/** Serves an example's application with its own bank and its own engine, on the loopback address. */
export async function startExample(
  createApp: CreateApp,
  {
    port = 0,
    clock,
    connect = (engine) => engine,
    onEmail,
    on,
    reviewers,
    store,
    ledger = createMemoryLedger(clock && { clock }),
  }: ExampleOptions = {},
): Promise<RunningExample> {
  const server = createServer().listen(port, "127.0.0.1");
  await once(server, "listening");
  // By name, as there are no passkeys for addresses.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const bank = createBank();
  const { engine, auth } = createDecisionPoint({
    url,
    ...(clock && { clock }),
    ...(onEmail && { onEmail }),
    ...(reviewers && { reviewers }),
    ...(store && { store }),
  });
  const app = await createApp({
    url,
    provider: connect(engine),
    bank,
    sessions: createSessions(),
    sealSecrets: ["another-example-secret-that-is-not-for-production"],
    auth,
    guard: { ledger, ...(clock && { clock }), ...(on && { on }) },
  });
  server.on("request", app);
  return {
    url,
    engine,
    bank,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** Options for an application that is made to look at its routes, and never served. */
export function unservedOptions(): AppOptions {
  const url = "http://localhost:3000";
  const { engine, auth } = createDecisionPoint({ url });
  return {
    url,
    provider: engine,
    bank: createBank(),
    sessions: createSessions(),
    sealSecrets: ["another-example-secret-that-is-not-for-production"],
    auth,
    guard: { ledger: createMemoryLedger() },
  };
}

/** Serves an example for a person to try, on `PORT` or 3000. */
export async function serveExample(
  framework: string,
  createApp: CreateApp,
  options: Pick<ExampleOptions, "store" | "ledger"> = {},
): Promise<void> {
  const port = Number(process.env["PORT"] ?? 3000);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535)) {
    console.error("PORT must be a whole number from 0 to 65535.");
    process.exitCode = 1;
    return;
  }
  const password = randomBytes(9).toString("base64url");
  try {
    const { url } = await startExample(createApp, {
      ...options,
      port,
      reviewers: [{ id: "bob", passwordHash: await hashPassword(password) }],
      onEmail: ({ to, code, action }) => console.log(`e-mail to ${to}: ${code} approves ${action}`),
      on: (event) => console.log(JSON.stringify(event)),
    });
    console.log(
      [
        `The example bank (${framework}) is open at ${url}`,
        `Reviews are decided at ${url}/auth/console by bob, whose password is ${password} this time.`,
        "What its guard decides, and the e-mails that it sends, are shown here.",
      ].join("\n"),
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    console.error(`Port ${port} is taken. Choose another one: PORT=3001 npm start`);
    process.exitCode = 1;
  }
}
