// oxlint-disable-next-line import/no-unassigned-import -- routing-controllers asks its users for it
import "reflect-metadata";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
// routing-controllers 0.11 has the body parser of Express 4.
import express from "express4";
import * as routing from "routing-controllers";
import request from "supertest";
import { describe, expect, it } from "vitest";
import { approvedAction, createRequireAction } from "../src/index.ts";
import { importCompiled } from "./decorator-compiled.ts";
import type * as Controller from "./decorator-routing-controller.ts";

async function createApp(parseBody: boolean) {
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    user: () => "alice",
    sealSecrets: ["routing-controllers-test-seal-secret-0123456789"],
    ledger: createMemoryLedger(),
  });
  const fixture = new URL("./decorator-routing-controller.ts", import.meta.url);
  const { defineWithdrawals } = await importCompiled<typeof Controller>(fixture, "legacy");
  const app = express();
  if (parseBody) app.use(express.json());
  routing.useExpressServer(app, {
    controllers: [defineWithdrawals({ ...routing, requireAction, approvedAction })],
    defaultErrorHandler: true,
  });
  return { app, provider };
}

describe("requireAction in routing-controllers' @UseBefore", () => {
  it("guards the route", async () => {
    const { app, provider } = await createApp(true);
    provider.answerNext("CHALLENGE_REQUIRED");
    const challenged = await request(app).post("/withdrawals").send({ amount: "100.00" });
    expect(challenged.status).toBe(403);
    expect(challenged.body.code).toBe("challenge_required");
    const token = provider.completeChallenge(challenged.body.token);
    const changed = await request(app).post("/withdrawals").set("action-token", token).send({ amount: "9999.00" });
    expect(changed.body.code).toBe("action_parameters_changed");
    const approved = await request(app).post("/withdrawals").set("action-token", token).send({ amount: "100.00" });
    expect(approved.body).toEqual({ amount: "100.00", approved: "100.00" });
  });

  it("is loud where only @Body would parse, which is after the guard", async () => {
    const { app, provider } = await createApp(false);
    const { status } = await request(app).post("/withdrawals").send({ amount: "100.00" });
    expect(status).toBe(500);
    expect(provider.calls).toEqual([]);
  });
});
