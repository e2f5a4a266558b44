import { readFileSync } from "node:fs";
import type { Clock } from "@require-action/core";
import { type CodeMessage, createEngine, createMemoryStore, type Engine, type Store } from "@require-action/engine";
import { createServer, type FetchHandler, type Reviewer } from "@require-action/server";

const policy = readFileSync(new URL("../../policy.json", import.meta.url), "utf8");

export interface DecisionPointOptions {
  /** Where the application is. What serves challenges is below `/auth` there. */
  readonly url: string;
  readonly clock?: Clock;
  /** Receives each e-mail; they go nowhere else. */
  readonly onEmail?: (message: CodeMessage) => void;
  /** Who decides reviews, at `/auth/console`. */
  readonly reviewers?: readonly Reviewer[];
  /** The memory's by default. */
  readonly store?: Store;
}

/** An engine, and what serves its challenges to browsers. */
export interface DecisionPoint {
  readonly engine: Engine;
  /** Answers whatever is below `/auth`. */
  readonly auth: FetchHandler;
}

/** Creates the engine that decides for an example: everything in memory unless told otherwise, and no account anywhere. */
export function createDecisionPoint({
  url,
  clock,
  onEmail,
  reviewers,
  store = createMemoryStore(),
}: DecisionPointOptions): DecisionPoint {
  const engine = createEngine({
    policy,
    secrets: ["an-example-secret-that-is-not-for-production"],
    issuer: "Example-Bank",
    baseUrl: `${url}/auth`,
    store,
    ...(clock && { clock }),
    delivery: { sendEmail: (message) => onEmail?.(message) },
    passkeys: { rpId: "localhost", rpName: "Example Bank", origins: [url] },
  });
  const auth = createServer(engine, {
    apiSecrets: ["an-example-secret-that-is-not-for-production"],
    tenantId: "example-bank",
    allowedOrigins: [url],
    basePath: "/auth",
    store,
    page: { appName: "Example Bank" },
    ...(reviewers && { console: { reviewers, secureCookies: false } }),
    ...(clock && { clock }),
  });
  return { engine, auth };
}
