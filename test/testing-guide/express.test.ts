import { createMemoryLedger } from "@require-action/core";
import { ProviderError } from "@require-action/core/provider";
import { createManualClock, createScriptedProvider, readyToken } from "@require-action/testing";
import request from "supertest";
import { beforeEach, expect, it, vi } from "vitest";
import { createApp } from "./express-app.ts";

const rent = { amount: "250.00", payee: "DE02120300000000202051" };
const pay = vi.fn(async () => {});
const provider = createScriptedProvider();
const clock = createManualClock();
const ledger = createMemoryLedger({ clock });
const sealSecrets = ["any 32 bytes or more will do for tests"];
const app = createApp({ provider, clock, ledger, sealSecrets, user: () => "alice" }, pay);
const withdraw = (body: object = rent) => request(app).post("/withdrawals").send(body);

beforeEach(() => {
  pay.mockClear();
  provider.restore();
  provider.answer("CHALLENGE_REQUIRED");
});

it("asks for a challenge, and pays nothing", async () => {
  const { status, body } = await withdraw();
  expect(status).toBe(403);
  expect(body).toMatchObject({ code: "challenge_required", action: "withdraw-funds", bound: rent });
  expect(pay).not.toHaveBeenCalled();
});

it("pays once when the user has approved", async () => {
  const actionToken = await readyToken(provider, withdraw);
  await withdraw().set("Action-Token", actionToken).expect(200, { withdrawn: "250.00" });
  const again = await withdraw().set("Action-Token", actionToken);
  expect(again.body.code).toBe("action_token_used");
  expect(pay).toHaveBeenCalledExactlyOnceWith(rent);
});

it("pays nobody else", async () => {
  const actionToken = await readyToken(provider, withdraw);
  const changed = await withdraw({ ...rent, payee: "GB33BUKB20201555555555" }).set("Action-Token", actionToken);
  expect(changed.body.code).toBe("action_parameters_changed");
  expect(pay).not.toHaveBeenCalled();
});

it("forgets an approval after ten minutes", async () => {
  const actionToken = await readyToken(provider, withdraw);
  clock.advance(11 * 60_000);
  const late = await withdraw().set("Action-Token", actionToken);
  expect(late.body.code).toBe("action_token_expired");
});

it("pays after a review", async () => {
  const actionToken = await readyToken(provider, withdraw, { by: "review" });
  await withdraw().set("Action-Token", actionToken).expect(200);
});

it("lets small amounts through, as the policy does", async () => {
  provider.answer(({ attributes }) => (attributes.custom?.["amount"] === "5.00" ? "ALLOW" : "CHALLENGE_REQUIRED"));
  await withdraw({ ...rent, amount: "5.00" }).expect(200);
});

it("pays nothing while the provider is down", async () => {
  provider.override("track", () => {
    throw new ProviderError("provider_unavailable", "down");
  });
  const { body } = await withdraw().expect(503).expect("Retry-After", /^\d+$/);
  expect(body.code).toBe("decision_unavailable");
  expect(pay).not.toHaveBeenCalled();
});
