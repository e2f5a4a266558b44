import { McpServer } from "@modelcontextprotocol/server";
import { type Bank, parseWithdrawal } from "@require-action-examples/bank";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { guardTool, type Inbox } from "@require-action/mcp";
import { z } from "zod";

export interface BankServerOptions {
  readonly guard: OffHttpGuard;
  readonly inbox: Inbox;
  readonly bank: Bank;
  /** Whom the server acts for. Over stdio, credentials are those of the environment. */
  readonly user: string;
}

const inputSchema = z.object({
  amount: z.string().describe('A decimal text in euros, such as "250.00".'),
  payee: z.string().describe("The IBAN of the payee."),
});

/** The bank as tools: anybody who is signed in may look, and what moves money is guarded. */
export function createBankServer({ guard, inbox, bank, user }: BankServerOptions): McpServer {
  const server = new McpServer({ name: "example-bank", version: "1.0.0" });
  server.registerTool("balance", { description: "The balance of the account.", inputSchema: z.object({}) }, () =>
    say(`${bank.balance(user)} EUR`),
  );
  server.registerTool(
    "withdraw",
    { description: "Sends money. The user approves each withdrawal in a browser.", inputSchema },
    guardTool(
      guard,
      "withdraw-funds",
      {
        inbox,
        user: () => user,
        bind: ({ amount, payee }) => ({ amount, currency: "EUR", payee, payeeCountry: payee.slice(0, 2) }),
      },
      async ({ bound: { amount, currency, payee }, userId, release }) => {
        const withdrawal = parseWithdrawal({ amount, currency, payee });
        if (typeof withdrawal !== "string" && bank.withdraw({ userId, ...withdrawal })) {
          return say(`${amount} EUR are on their way to ${payee}.`);
        }
        // Nothing happened, so the approval need not be lost.
        await release();
        return { ...say(typeof withdrawal === "string" ? withdrawal : "There is not enough money."), isError: true };
      },
    ),
  );
  return server;
}

function say(text: string) {
  return { content: [{ type: "text" as const, text }] };
}
