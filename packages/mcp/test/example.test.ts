import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createMcpHandler } from "@modelcontextprotocol/server";
import { createGuard, createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import { expect, it } from "vitest";
import { guardTool } from "../src/index.ts";
import { createBankServer, inbox } from "./example.ts";
import { numberIn, textOf, type ToolResult } from "./describe-guard-tool.ts";

const provider = createScriptedProvider();
const guard = createGuard<any>({
  provider,
  user: () => undefined,
  sealSecrets: ["a secret of at least thirty-two bytes"],
  ledger: createMemoryLedger(),
});

it("the README's example asks for an approval, and runs", async () => {
  provider.answer("CHALLENGE_REQUIRED");
  const handler = createMcpHandler(() => createBankServer(guard, (...payment) => payment.join(" ")));
  const authInfo = { token: "t", clientId: "assistant", scopes: [], extra: { sub: "alice" } };
  const client = new Client({ name: "assistant", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
  const fetch = async (url: string | URL, init?: RequestInit): Promise<Response> =>
    handler.fetch(new Request(url, init), { authInfo });
  await client.connect(new StreamableHTTPClientTransport(new URL("http://bank.example/mcp"), { fetch }));
  const withdraw = () => client.callTool({ name: "withdraw", arguments: { amount: "1.00", payee: "bob" } });
  const number = numberIn(textOf(await withdraw()));
  const [open] = await inbox.open("alice");
  const { token, ticket } = (await inbox.match("alice", open!.id, number))!;
  await inbox.complete("alice", ticket, provider.completeChallenge(token!, { verificationMethod: "PASSKEY" }));
  expect(textOf(await withdraw())).toBe("alice 1.00 bob");
  await client.close();
});

it("denies what needs an approval where there is no inbox, and a subject that is no text", async () => {
  provider.answer("CHALLENGE_REQUIRED");
  const alone = guardTool(guard, "withdraw-funds", () => ({ content: [] }));
  const context = (sub: unknown): any => ({
    http: { authInfo: { clientId: "assistant", extra: { sub } } },
    mcpReq: { requestState: () => undefined, signal: new AbortController().signal },
  });
  expect(textOf((await alone({ amount: "1.00" }, context("alice"))) as ToolResult)).toContain(
    "no way to ask for it here",
  );
  for (const sub of [undefined, null, 7, ["alice"], { id: "alice" }]) {
    expect(textOf((await alone({ amount: "1.00" }, context(sub))) as ToolResult)).toContain("Nobody is signed in");
  }
});

it.each([
  [() => guardTool(guard, "withdraw funds", () => ({ content: [] })), /guardTool: action/],
  [() => guardTool(guard, "withdraw-funds", undefined as never), /guardTool: handler/],
  [() => guardTool(guard, "withdraw-funds", { inbox }, undefined as never), /guardTool: handler/],
])("refuses what is no action or handler: %s", (declare, message) => {
  expect(declare).toThrow(message);
});
