// The whole flow of an Express application with the embedded engine, over HTTP, on the runtime that runs this file. Prints
// what came of each step as a line of JSON.
import { createServer as createNodeServer } from "node:http";
import { createEngine } from "@require-action/engine";
import { createRequireAction } from "@require-action/express";
import { createServer, toNodeHandler } from "@require-action/server";
import express from "express";

const runtime = globalThis.Bun ? "bun" : globalThis.Deno ? "deno" : "node";
console.log(JSON.stringify({ step: "runtime", runtime }));

const secret = (name) => `${name}-secret-of-at-least-thirty-two-bytes`;
const app = express();
const server = createNodeServer(app);
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;

let code;
const engine = createEngine({
  policy: {
    dataPoints: [{ name: "amount", type: "decimal", min: "0" }],
    actions: {
      "withdraw-funds": {
        defaultOutcome: "CHALLENGE",
        rules: [
          {
            ruleId: "small",
            name: "A small amount",
            priority: 1,
            type: "ALLOW",
            conditions: { "<=": [{ var: "custom.amount" }, "10"] },
          },
        ],
      },
    },
  },
  secrets: [secret("engine")],
  issuer: "bank",
  baseUrl: `${origin}/auth`,
  delivery: { sendEmail: (message) => void (code = message.code) },
});
await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "alice@example.com" });

const requireAction = createRequireAction({
  provider: engine,
  sealSecrets: [secret("seal")],
  user: (req) => req.get("x-user"),
});
app.use("/auth", toNodeHandler(createServer(engine, { apiSecrets: [secret("api")], tenantId: "bank" })));
app.use(express.json());
const withdrawal = requireAction("withdraw-funds", { bind: ({ body }) => ({ amount: body.amount }) });
app.post("/withdrawals", withdrawal, (req, res) => void res.json({ withdrawn: withdrawal.approved(req).bound.amount }));

async function post(path, body, headers = {}) {
  const response = await fetch(origin + path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}

async function withdraw(step, amount, token) {
  const { status, body } = await post(
    "/withdrawals",
    { amount },
    { "x-user": "alice", ...(token && { "action-token": token }) },
  );
  console.log(JSON.stringify({ step, status, code: body.code, withdrawn: body.withdrawn }));
  return body;
}

await withdraw("small", "5.00");
const { token } = await withdraw("large", "250.00");
const bearer = { authorization: `Bearer ${token}` };
await withdraw("unfinished", "250.00", token);
await post("/auth/v1/client/challenge/email-otp", {}, bearer);
const { body: verified } = await post("/auth/v1/client/verify/email-otp", { verificationCode: code }, bearer);
await withdraw("changed", "999.00", verified.accessToken);
await withdraw("approved", "250.00", verified.accessToken);
await withdraw("again", "250.00", verified.accessToken);
const page = await fetch(`${origin}/auth/challenge?token=${token}`);
console.log(JSON.stringify({ step: "page", status: page.status, type: page.headers.get("content-type") }));

await requireAction.guard.stop();
server.closeAllConnections?.();
server.close();
process.exit(0);
