// A server that decides over HTTP, or one that does nothing but parse and answer the same JSON.
import type { RequestListener } from "node:http";
import { createEngine, createMemoryStore, type Store } from "@require-action/engine";
import { createServer, toNodeHandler } from "@require-action/server";
import { createPostgresStore } from "@require-action/sql";
import pg from "pg";
import { policyOf } from "../subject-policy.ts";
import { type CountedListener, serveCounted } from "./counted-process.ts";
import { apiSecret, type DecisionServerKind, POOL_SIZE, tenantId } from "./served-decision.ts";

const RULES = 10;
const [kind, detail = ""] = process.argv.slice(2) as [DecisionServerKind, string?];
await serveCounted(
  kind === "bare" ? bare(detail) : await deciding(kind === "postgres" ? await openStore() : createMemoryStore()),
);

/** Parses what is sent, and answers with what a decision was answered with. */
function bare(answer: string): CountedListener {
  const body: unknown = JSON.parse(answer);
  let served = 0;
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      JSON.parse(Buffer.concat(chunks).toString("utf8"));
      served++;
      const text = JSON.stringify(body);
      response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  };
  return { listener, served: () => served };
}

async function deciding(store: Store): Promise<CountedListener> {
  let served = 0;
  const engine = createEngine({
    policy: policyOf(RULES),
    secrets: ["a-secret-of-the-bench-that-is-32-bytes-long"],
    issuer: "bench",
    baseUrl: "https://bench.example",
    store,
    onEvent({ type, outcome }) {
      if (type === "action.tracked" && outcome === "ALLOW") served++;
    },
  });
  const server = createServer(engine, { apiSecrets: [apiSecret], tenantId, store });
  const listener = toNodeHandler(server);
  return { listener: (request, response) => void listener(request, response), served: () => served };
}

async function openStore(): Promise<Store> {
  const pool = new pg.Pool({
    connectionString: process.env["DATABASE_URL"] ?? "postgres://postgres@127.0.0.1:5432/test",
    max: POOL_SIZE,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 10_000,
    // By which its connections are found among all.
    application_name: detail,
  });
  pool.on("error", () => {});
  return createPostgresStore(pool, { schema: detail });
}
