import { tool } from "@openai/agents-core";
import { type ApprovalInbox, createAgentAction } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { z } from "zod";

/** The `context` of `run(agent, input, { context })`, which the application passes. */
interface Context {
  readonly user: { readonly id: string };
}

export function createWithdraw(
  guard: OffHttpGuard,
  inbox: ApprovalInbox,
  pay: (user: string, amount: string) => string,
) {
  const withdrawal = createAgentAction(guard, "withdraw-funds", { inbox });
  return tool<z.ZodObject<{ amount: z.ZodString; payee: z.ZodString }>, Context>({
    name: "withdraw",
    description: "Sends money.",
    parameters: z.object({ amount: z.string(), payee: z.string() }),
    async execute(bound, run) {
      const call = { user: run?.context.user.id, bound };
      const result = await withdrawal.call(call, (approved) => pay(approved.userId, approved.bound.amount));
      return result.status === "done" ? result.value : result.answer;
    },
  });
}
