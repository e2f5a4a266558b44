import { McpServer } from "@modelcontextprotocol/server";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { createMemoryInbox, guardTool } from "@require-action/mcp";
import { z } from "zod";

/** Where users approve, signed in. The application serves this page. */
export const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });

export function createBankServer(
  guard: OffHttpGuard,
  pay: (userId: string, amount: string, payee: string) => string,
): McpServer {
  const server = new McpServer({ name: "bank", version: "1.0.0" });
  server.registerTool(
    "withdraw",
    { description: "Sends money.", inputSchema: z.object({ amount: z.string(), payee: z.string() }) },
    guardTool(guard, "withdraw-funds", { inbox }, ({ userId, bound }) => ({
      content: [{ type: "text", text: pay(userId, bound.amount, bound.payee) }],
    })),
  );
  return server;
}
