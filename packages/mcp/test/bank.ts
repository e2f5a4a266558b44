import { McpServer } from "@modelcontextprotocol/server";
import { createGuard, createMemoryLedger } from "@require-action/core";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import { z } from "zod";
import { createMemoryInbox, guardTool, type GuardToolOptions, type Inbox } from "../src/index.ts";

/** A bank whose tool is guarded, with the parts of its tests. */
export interface Bank {
  readonly inbox: Inbox;
  readonly provider: ScriptedProvider;
  readonly paid: string[];
  createServer(): McpServer;
  /** The user opens the newest request, enters the number and completes the challenge. */
  approve(number: string, user?: string): Promise<boolean>;
  decline(user?: string): Promise<boolean>;
  /** What neither client nor model may receive. */
  secrets(): readonly string[];
}

export function createBank(options: GuardToolOptions = {}): Bank {
  const provider = createScriptedProvider();
  provider.answer("CHALLENGE_REQUIRED");
  const sealSecrets = ["a secret of at least thirty-two bytes"];
  const guard = createGuard<any>({ provider, user: () => undefined, sealSecrets, ledger: createMemoryLedger() });
  const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });
  const paid: string[] = [];
  const results: string[] = [];
  const withdraw = guardTool(guard, "withdraw-funds", { inbox, waitMs: 0, ...options }, ({ userId, bound }) => {
    paid.push(`${userId} ${bound.amount} ${bound.payee}`);
    return { content: [{ type: "text", text: `sent ${bound.amount}` }] };
  });
  return {
    inbox,
    provider,
    paid,
    createServer() {
      const server = new McpServer({ name: "bank", version: "1.0.0" });
      const inputSchema = z.object({ amount: z.string(), payee: z.string(), note: z.string().optional() });
      server.registerTool("withdraw", { description: "Sends money.", inputSchema }, withdraw as never);
      return server;
    },
    async approve(number, user = "alice") {
      const [open] = await inbox.open(user);
      const matched = open && (await inbox.match(user, open.id, number));
      if (matched === undefined) return false;
      const result = provider.completeChallenge(matched.token!, { verificationMethod: "PASSKEY" });
      results.push(result);
      return (await inbox.complete(user, matched.ticket, result)) !== undefined;
    },
    async decline(user = "alice") {
      const [open] = await inbox.open(user);
      return open !== undefined && (await inbox.decline(user, open.id)) !== undefined;
    },
    secrets: () => [
      ...provider.calls.flatMap((call) => (call.verb === "track" ? [call.request.attributes.idempotencyKey] : [])),
      ...results,
    ],
  };
}
