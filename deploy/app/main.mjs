// An application in containers: decisions by require-action serve beside it, used approvals in Redis.
import { readFileSync } from "node:fs";
import { authsignal } from "@require-action/authsignal";
import { createRequireAction } from "@require-action/express";
import { createRedisLedger } from "@require-action/redis";
import express from "express";
import { createClient } from "redis";

/**
 * A setting that must be there, from a variable or from the file that `<NAME>_FILE` names, as secrets are mounted. A process
 * that lacks one ends at its start, and not at the first request.
 */
function setting(name) {
  const file = process.env[`${name}_FILE`];
  const value = file ? readFileSync(file, "utf8").trim() : process.env[name];
  if (value) return value;
  console.error(`${name} is not set.`);
  process.exit(1);
}

const redis = createClient({ url: setting("REDIS_URL"), disableOfflineQueue: true });
redis.on("error", (error) => console.error(`Redis: ${error.code ?? error.name}`));
await redis.connect();

const requireAction = createRequireAction({
  provider: authsignal({
    apiSecretKey: setting("REQUIRE_ACTION_API_SECRET"),
    apiUrl: setting("REQUIRE_ACTION_API_URL"),
    // Where the URL has plain http: the service on the private network of the containers.
    ...(process.env.REQUIRE_ACTION_PLAIN_HTTP_HOST
      ? { plainHttpHost: process.env.REQUIRE_ACTION_PLAIN_HTTP_HOST }
      : {}),
  }),
  ledger: await createRedisLedger(redis, { prefix: "bank" }),
  sealSecrets: setting("SEAL_SECRETS").split(/\s+/),
  // A stand-in for the sessions of a real application, whose users cannot choose who they are.
  user: (req) => req.get("x-demo-user"),
});

const app = express();
app.get("/healthz", (_req, res) => void res.sendStatus(redis.isReady ? 200 : 503));
app.use(express.json());
const withdrawal = requireAction("withdraw-funds", {
  bind: ({ body }) => ({ amount: body.amount, currency: body.currency, payee: body.payee }),
  attributes: ({ body }) => ({ custom: { payeeCountry: body.payee.slice(0, 2) } }),
});
app.post("/withdrawals", withdrawal, (req, res) => {
  const { amount, currency } = withdrawal.approved(req).bound;
  res.json({ withdrawn: `${amount} ${currency}` });
});

const server = app.listen(Number(process.env.PORT ?? 3000), "0.0.0.0", () => console.log("The application is ready."));
process.once("SIGTERM", () => {
  server.close(() => redis.destroy());
  server.closeIdleConnections();
});
