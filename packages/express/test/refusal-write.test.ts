import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import express, { type NextFunction, type Request, type Response } from "express";
import express4 from "express4";
import request from "supertest";
import { expect, it, onTestFinished, vi } from "vitest";
import { createRequireAction } from "../src/index.ts";

it.each([
  ["5", express],
  ["4", express4 as unknown as typeof express],
])(
  "F32: what a middleware throws while a refusal is written goes Express %s's own way, and ends no process",
  async (_version, framework) => {
    const unhandled = vi.fn<() => void>();
    process.on("unhandledRejection", unhandled);
    onTestFinished(() => void process.off("unhandledRejection", unhandled));
    const provider = createScriptedProvider();
    const requireAction = createRequireAction({
      provider,
      ledger: createMemoryLedger(),
      user: () => "alice",
      sealSecrets: ["a secret of at least thirty-two bytes"],
    });
    const app = framework();
    // As a listener to headers does that does not like what it sees.
    app.use((_req, res, next) => {
      const writeHead = res.writeHead.bind(res) as (...args: unknown[]) => Response;
      res.writeHead = ((...args: unknown[]) => {
        if (args[0] === 403) throw new Error("no such cookie option");
        return writeHead(...args);
      }) as never;
      next();
    });
    const handler = vi.fn<() => void>();
    app.post("/withdrawals", requireAction("withdraw-funds", { bind: "none" }), handler);
    app.use(
      (error: Error, _req: Request, res: Response, _next: NextFunction) => void res.status(500).send(error.message),
    );
    provider.answerNext("BLOCK");
    const response = await request(app).post("/withdrawals");
    expect([response.status, response.text]).toEqual([500, "no such cookie option"]);
    expect(unhandled).not.toHaveBeenCalled();
    expect(handler).not.toHaveBeenCalled();
  },
);
