import { createScriptedProvider } from "@require-action/testing";
import request from "supertest";
import { createApp, events } from "./app.js";

/** The test of the route, for any runner. */
export async function withdrawsOnce(): Promise<void> {
  const provider = createScriptedProvider();
  const app = createApp(provider);
  const withdraw = () => request(app).post("/accounts/7/withdrawals").send({ amount: "1.00" });
  provider.answerNext("CHALLENGE_REQUIRED");
  const { token } = (await withdraw().expect(403)).body;
  const resultToken = provider.completeChallenge(token);
  await withdraw().set("Action-Token", resultToken).expect(200, { account: "7", withdrawn: "001.00" });
  await withdraw().set("Action-Token", resultToken).expect(409);
  if (!events.some(({ type }) => type === "proceed")) throw new Error("the guard emitted no event");
}
