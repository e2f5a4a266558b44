import test from "node:test";
import { createScriptedProvider } from "@require-action/testing";
import request from "supertest";
import { createApp } from "./app.mjs";

test("withdraws once the challenge is completed", async () => {
  const provider = createScriptedProvider();
  const app = createApp(provider);
  const withdraw = () => request(app).post("/accounts/7/withdrawals").send({ amount: "1.00" });
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = (await withdraw().expect(403)).body;
  const resultToken = provider.completeChallenge(token);
  await withdraw().set("Action-Token", resultToken).expect(200, { account: "7", withdrawn: "1.00" });
  await withdraw().set("Action-Token", resultToken).expect(409);
});
