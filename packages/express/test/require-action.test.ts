import { createServer } from "node:http";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import type { Request, Response } from "express";
import request from "supertest";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

describe("requireAction in Express", () => {
  it("says which factory was given wrong options", () => {
    expect(() => createRequireAction({} as never)).toThrow("configuration_invalid: createRequireAction: ");
  });

  it("guards requests of servers that have no application, as Connect's and Polka's", async () => {
    const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
    onTestFinished(() => emitWarning.mockRestore());
    const provider = createScriptedProvider();
    const requireAction = createRequireAction({
      provider,
      user: () => "alice",
      sealSecrets: ["a secret of at least thirty-two bytes"],
      ledger: createMemoryLedger(),
    });
    const guard = requireAction("withdraw-funds");
    const server = createServer((req, res) =>
      guard(req as Request, res as Response, (error) => void res.end(error === undefined ? "ran" : String(error))),
    );
    const sent = request(server).post("/withdrawals").set("x-forwarded-for", "203.0.113.7");
    await expect(sent.then(({ text }) => text)).resolves.toBe("ran");
    expect(provider.calls[0]?.request).not.toHaveProperty("attributes.ipAddress", "203.0.113.7");
  });
});
