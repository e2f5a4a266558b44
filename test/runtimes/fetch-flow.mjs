// A guarded handler on the server of the runtime that runs this file, over HTTP. Prints what came of each step as a line of JSON.
import { createEngine } from "@require-action/engine";
import { createServer } from "@require-action/server";

const runtime = globalThis.Bun ? "bun" : "deno";
const { createRequireAction } = await import(`@require-action/fetch/${runtime}`);
console.log(JSON.stringify({ step: "runtime", runtime }));

const secret = (name) => `${name}-secret-of-at-least-thirty-two-bytes`;
let code;
const addresses = new Set();
const engine = createEngine({
  policy: {
    dataPoints: [{ name: "amount", type: "decimal", min: "0" }],
    actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } },
  },
  secrets: [secret("engine")],
  issuer: "bank",
  baseUrl: "http://127.0.0.1/auth",
  delivery: { sendEmail: (message) => void (code = message.code) },
});
await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "alice@example.com" });
const auth = createServer(engine, { apiSecrets: [secret("api")], tenantId: "bank", basePath: "/auth" });
const provider = {
  name: "engine",
  track(request, options) {
    addresses.add(request.attributes.ipAddress);
    return engine.track(request, options);
  },
  validateChallenge: (...parameters) => engine.validateChallenge(...parameters),
  getAction: (...parameters) => engine.getAction(...parameters),
};
const { guarded } = createRequireAction({
  provider,
  sealSecrets: [secret("seal")],
  user: (request) => request.headers.get("x-user"),
});
const withdraw = guarded(
  "withdraw-funds",
  { bind: async (request) => ({ amount: (await request.json()).amount }) },
  async ({ bound }, request) => Response.json({ withdrawn: bound.amount, body: await request.json() }),
);
const whole = guarded("withdraw-funds", {}, async (_approved, request) => new Response(await request.text()));
const routes = { "/withdrawals": withdraw, "/whole": whole };
const answer = (request, info) => {
  const { pathname } = new URL(request.url);
  return pathname.startsWith("/auth/") ? auth(request) : routes[pathname](request, info);
};
const port = globalThis.Bun
  ? Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer }).port
  : Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, answer).addr.port;

async function post(path, body, headers = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: await response.json() };
}
const as = (token) => ({ "x-user": "alice", ...(token && { "action-token": token }) });
const say = (step, { status, body }) => {
  const { code, withdrawn } = body;
  console.log(JSON.stringify({ step, status, code, withdrawn }));
};

say("nobody", await post("/withdrawals", { amount: "250.00" }));
const asked = await post("/withdrawals", { amount: "250.00" }, as());
say("asked", asked);
const client = { authorization: `Bearer ${asked.body.token}` };
await post("/auth/v1/client/challenge/email-otp", {}, client);
const { accessToken } = (await post("/auth/v1/client/verify/email-otp", { verificationCode: code }, client)).body;
say("changed", await post("/withdrawals", { amount: "9999.00" }, as(accessToken)));
say("elsewhere", await post("/whole", { amount: "250.00" }, as(accessToken)));
say("approved", await post("/withdrawals", { amount: "250.00" }, as(accessToken)));
say("again", await post("/withdrawals", { amount: "250.00" }, as(accessToken)));
console.log(JSON.stringify({ step: "addresses", addresses: [...addresses] }));
(globalThis.Deno ?? process).exit(0);
