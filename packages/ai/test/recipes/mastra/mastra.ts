import { createTool } from "@mastra/core/tools";
import { type ApprovalInbox, createAgentAction } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { z } from "zod";

const inputSchema = z.object({ amount: z.string(), payee: z.string() });

/** The tools of one user, who is signed in. A client of Mastra's server may set `requestContext`: no user is read from there. */
export function toolsOf(
  user: string,
  guard: OffHttpGuard,
  inbox: ApprovalInbox,
  pay: (user: string, amount: string) => string,
) {
  const withdrawal = createAgentAction(guard, "withdraw-funds", { inbox });
  const withdraw = createTool({
    id: "withdraw",
    description: "Sends money.",
    inputSchema,
    async execute(bound, { abortSignal: signal }) {
      const call = { user, bound, signal };
      const result = await withdrawal.call(call, (approved) => pay(approved.userId, approved.bound.amount));
      return result.status === "done" ? result.value : result.answer;
    },
  });
  return { withdraw }; // agent.generate(messages, { toolsets: { bank: toolsOf(user, guard, inbox, pay) } })
}
