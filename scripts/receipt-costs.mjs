// What receipts cost: CPU of one request over HTTP, with and without them, in turns of one run, and of the chain beside it. Of
// PostgreSQL (DATABASE_URL, or the local one), it is this process's part. Build first: npm run build.
// node scripts/receipt-costs.mjs [memory|sqlite|postgres] [ROUNDS]

import { generateKeyPairSync } from "node:crypto";
import { Agent, createServer, request } from "node:http";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const from = (folder) => createRequire(new URL(`../packages/${folder}/package.json`, import.meta.url));
const load = (folder, name) => import(pathToFileURL(from(folder).resolve(name)).href);
const { default: express } = await load("express", "express");
const { createRequireAction } = await import("../packages/express/dist/index.js");
const { createMemoryLedger } = await import("../packages/core/dist/index.js");
const { createEngine, createMemoryStore } = await import("../packages/engine/dist/index.js");

const [kind = "memory"] = process.argv.slice(2);
const ROUNDS = Number(process.argv[3] ?? 60);
// Few at a time, and many rounds, so that other work of the machine is on both sides.
const REQUESTS = kind === "memory" ? 100 : 50;
const WIDTH = 8;

async function createStore() {
  if (kind === "memory") return createMemoryStore();
  const { createPostgresStore, createSqliteStore } = await import("../packages/sql/dist/index.js");
  if (kind === "postgres") {
    const { default: pg } = await load("sql", "pg");
    const connectionString = process.env.DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/test";
    const pool = new pg.Pool({ connectionString, connectionTimeoutMillis: 5_000, statement_timeout: 10_000 });
    const schema = `receipt_costs_${process.pid}_${pools.length}`;
    pool.on("error", () => {});
    pools.push({ pool, schema });
    return createPostgresStore(pool, { schema, migrate: true, queryTimeoutMs: 10_000 });
  }
  const { default: Database } = await load("sql", "better-sqlite3");
  const { mkdtempSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  return createSqliteStore(new Database(`${mkdtempSync(`${tmpdir()}/receipts-`)}/store.db`), { migrate: true });
}

const pools = [];
const codes = new Map();

async function createApp(receipts) {
  const engine = createEngine({
    policy: {
      actions: { look: { defaultOutcome: "ALLOW" }, pay: { defaultOutcome: "CHALLENGE" } },
      dataPoints: [
        { name: "amount", type: "decimal", optional: true },
        { name: "payee", type: "text", optional: true },
      ],
    },
    secrets: ["an engine secret for a measurement, 32 bytes"],
    issuer: "https://bank.example",
    baseUrl: "https://bank.example/authsignal",
    store: await createStore(),
    delivery: { sendEmail: ({ to, code }) => void codes.set(to, code) },
    ...(receipts && { receipts }),
  });
  const requireAction = createRequireAction({
    provider: engine,
    ledger: createMemoryLedger(),
    sealSecrets: ["a seal secret for a measurement, 32 bytes"],
    user: (req) => req.get("x-user"),
    onNotEnrolled: "allow",
  });
  const app = express();
  app.use(express.json());
  const bind = (req) => ({ amount: req.body.amount, payee: req.body.payee });
  for (const action of ["look", "pay"]) {
    app.post(`/${action}`, requireAction(action, { bind }), (_req, res) => res.json({ done: true }));
  }
  const server = createServer(app);
  // Connections outlast the pauses between measurements.
  server.keepAliveTimeout = 120_000;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { engine, server, port: server.address().port };
}

const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });

function post(port, path, headers) {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ amount: "100.00", payee: "bob" });
    const sent = request(
      { agent, port, path, method: "POST", headers: { "content-type": "application/json", ...headers } },
      (response) => {
        let text = "";
        response
          .on("data", (chunk) => (text += chunk))
          .on("end", () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      },
    );
    sent.on("error", reject).end(body);
  });
}

let users = 0;

/** Approves a payment of a new user, and returns what its retry is sent with. */
async function approved({ engine, port }) {
  const userId = `user-${++users}`;
  const email = `${userId}@bank.example`;
  await engine.authenticators.enrollVerified(userId, { verificationMethod: "EMAIL_OTP", email });
  const { body } = await post(port, "/pay", { "x-user": userId });
  await engine.challenges.send(body.token, "EMAIL_OTP");
  const { accessToken } = await engine.challenges.verify(body.token, "EMAIL_OTP", codes.get(email));
  return { "x-user": userId, "action-token": accessToken };
}

/** CPU of one request in µs, of this process: the client's part is in it, alike for all. */
async function measure(app, path, all) {
  const before = process.cpuUsage();
  let next = 0;
  await Promise.all(
    Array.from({ length: WIDTH }, async () => {
      while (next < all.length) {
        const { status } = await post(app.port, path, all[next++]);
        if (status !== 200) throw new Error(`answered ${status}`);
      }
    }),
  );
  return perRequest(before, all.length);
}

function perRequest(before, count) {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** What other work of the machine adds goes one way, so that the lower quartile says more than the median. */
const quartile = (values) => values.toSorted((one, other) => one - other)[Math.floor(values.length / 4)];
/** The median of the rounds' ratios: what goes slower for a while goes so on both sides. */
const ratioOf = (costs, bare) => {
  const ratios = costs.map((cost, index) => cost / bare[index]).toSorted((one, other) => one - other);
  return ratios[Math.floor(ratios.length / 2)];
};
const key = () => generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const apps = {
  none: await createApp(),
  receipts: await createApp({ keys: [key()] }),
  "receipts of all executions": await createApp({ keys: [key()], executions: "all" }),
};
const found = Object.fromEntries(Object.keys(apps).map((name) => [name, { allow: [], chain: [], retry: [] }]));
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, app] of Object.entries(apps)) {
    const allow = await measure(
      app,
      "/look",
      Array.from({ length: REQUESTS }, () => ({ "x-user": "alice" })),
    );
    const chaining = process.cpuUsage();
    await app.engine.receipts?.chain();
    const chain = perRequest(chaining, REQUESTS);
    const tokens = [];
    for (let count = 0; count < REQUESTS / 2; count++) tokens.push(await approved(app));
    await app.engine.receipts?.chain();
    const retry = await measure(app, "/pay", tokens);
    if (round > 0) {
      found[name].allow.push(allow);
      found[name].chain.push(chain);
      found[name].retry.push(retry);
    }
  }
}
for (const what of ["allow", "retry"]) {
  for (const name of Object.keys(apps)) {
    const [cost, ratio] = [quartile(found[name][what]), ratioOf(found[name][what], found.none[what])];
    console.log(`${kind} ${what.padEnd(5)} ${name.padEnd(28)} ${cost.toFixed(0)} µs  ${ratio.toFixed(3)}`);
  }
}
for (const name of Object.keys(apps)) {
  console.log(`${kind} chain ${name.padEnd(28)} ${quartile(found[name].chain).toFixed(0)} µs for each ALLOW`);
}
for (const { server } of Object.values(apps)) server.close();
for (const { pool, schema } of pools) {
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
  await pool.end();
}
agent.destroy();
