import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { watchGlobals } from "@require-action-test/support/global-changes";
import { expect, it } from "vitest";

/** What applications import. NestJS wants reflect-metadata of them, and brings it. */
const entries = [
  "core",
  "core/adapter",
  "core/agents",
  "core/off-http",
  "engine",
  "engine/policy",
  "server",
  "server/client-api",
  "express",
  "koa",
  "fastify",
  "hono",
  "ai",
  "fetch",
  "mcp",
  "authsignal",
  "sql",
  "redis",
  "opentelemetry",
].map((name) => `@require-action/${name}`);

const script = `
${watchGlobals}
const changed = {};
for (const entry of ${JSON.stringify(entries)}) {
  await import(entry);
  changed[entry] = changesSince(before);
}
const { createEngine, createMemoryStore } = await import("@require-action/engine");
const { createServer, toNodeHandler } = await import("@require-action/server");
const store = createMemoryStore();
const engine = createEngine({
  policy: { actions: {} },
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "bank",
  baseUrl: "http://localhost",
  store,
});
const server = createServer(engine, { apiSecrets: ["an-api-secret-for-tests"], tenantId: "bank", store });
const http = (await import("node:http")).createServer(toNodeHandler(server)).listen(0, "127.0.0.1");
await new Promise((resolve) => http.once("listening", resolve));
const { port } = http.address();
const inUse = snapshot();
const answer = await fetch("http://127.0.0.1:" + port + "/v1/users/alice", { headers: { authorization: "Basic YW46" } });
changed["a request to the server"] = [answer.status, ...changesSince(inUse)];
http.close();
http.closeAllConnections();
console.log(JSON.stringify(changed));
`;

it("T34: no package changes anything global, and neither does a server that answers", async () => {
  const flags = ["--conditions=@require-action/source", "--import", "tsx", "--input-type=module", "--eval", script];
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  const changed = JSON.parse(stdout) as Readonly<Record<string, readonly unknown[]>>;
  expect(changed).toEqual({
    ...Object.fromEntries(entries.map((entry) => [entry, []])),
    "a request to the server": [401],
  });
});
