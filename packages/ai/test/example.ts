import type { OffHttpGuard } from "@require-action/core/off-http";
import { createMemoryInbox, guardExecute } from "@require-action/ai";
import { tool, type ToolSet } from "ai";
import { z } from "zod";

/** Where users approve, signed in. The application serves this page. */
export const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });

export function bankTools(
  guard: OffHttpGuard,
  pay: (userId: string, amount: string, payee: string) => string,
): ToolSet {
  const withdraw = tool({
    description: "Sends money.",
    inputSchema: z.object({ amount: z.string(), payee: z.string() }),
    execute: guardExecute(guard, "withdraw-funds", { inbox }, ({ userId, bound }) =>
      pay(userId, bound.amount, bound.payee),
    ),
  });
  return { withdraw }; // generateText({ model, messages, tools, experimental_context: { user: req.user } })
}
