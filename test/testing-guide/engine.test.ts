import { createMemoryLedger } from "@require-action/core";
import { createEngine } from "@require-action/engine";
import { createClientApi } from "@require-action/server/client-api";
import { createManualClock } from "@require-action/testing";
import request from "supertest";
import { beforeAll, expect, it, vi } from "vitest";
import { createApp } from "./express-app.ts";

const clock = createManualClock();
const sendEmail = vi.fn<(message: { readonly code: string }) => void>();
const engine = createEngine({
  policy: { actions: { "withdraw-funds": { defaultOutcome: "CHALLENGE" } } },
  secrets: ["any 32 bytes or more will do for tests"],
  issuer: "My-Bank",
  baseUrl: "http://localhost/auth",
  delivery: { sendEmail },
  clock,
});
const clientApi = createClientApi(engine, { tenantId: "my-bank", basePath: "/auth/v1/client" });

/** Calls the Client API as the challenge page does, without a network. */
async function post(path: string, token: string, body = {}): Promise<any> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const url = `http://localhost/auth/v1/client/${path}`;
  const response = await clientApi(new Request(url, { method: "POST", headers, body: JSON.stringify(body) }));
  return response.json();
}

const pay = vi.fn(async () => {});
const ledger = createMemoryLedger({ clock });
const sealSecrets = ["other 32 bytes or more, the seal's own"];
const app = createApp({ provider: engine, clock, ledger, sealSecrets, user: () => "alice" }, pay);
const withdraw = () => request(app).post("/withdrawals").send({ amount: "250.00", payee: "DE02120300000000202051" });

beforeAll(async () => {
  await engine.authenticators.enrollVerified("alice", { verificationMethod: "EMAIL_OTP", email: "alice@bank.example" });
});

it("pays once the user has entered the code from the e-mail", async () => {
  const { token } = (await withdraw().expect(403)).body;
  await post("challenge/email-otp", token);
  const verificationCode = sendEmail.mock.lastCall![0].code;
  const { accessToken } = await post("verify/email-otp", token, { verificationCode });
  await withdraw().set("Action-Token", accessToken).expect(200);
  expect(pay).toHaveBeenCalledOnce();
});
