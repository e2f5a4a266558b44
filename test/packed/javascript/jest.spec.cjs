const { createEngine } = require("@require-action/engine");
const { createServer } = require("@require-action/server");
const request = require("supertest");
const { createApp } = require("./app.cjs");

test("withdraws once the code from the e-mail is entered", async () => {
  const sendEmail = jest.fn();
  const engine = createEngine({
    policy: { actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } } },
    secrets: ["any 32 bytes or more will do for tests"],
    issuer: "My-Bank",
    baseUrl: "http://localhost",
    delivery: { sendEmail },
  });
  await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "alice@bank.example" });
  const server = createServer(engine, { apiSecrets: ["any-16-characters-or-more"], tenantId: "my-bank" });
  const app = createApp(engine);
  const withdraw = () => request(app).post("/accounts/7/withdrawals").send({ amount: "1.00" });

  const { token } = (await withdraw().expect(403)).body;
  const post = async (path, body) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const url = `http://localhost/v1/client/${path}`;
    return (await server(new Request(url, { method: "POST", headers, body: JSON.stringify(body) }))).json();
  };
  await post("challenge/email-otp", {});
  const verificationCode = sendEmail.mock.lastCall[0].code;
  const { accessToken } = await post("verify/email-otp", { verificationCode });
  await withdraw().set("Action-Token", accessToken).expect(200, { account: "7", withdrawn: "1.00" });
});
