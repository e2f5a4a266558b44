import { tool } from "@langchain/core/tools";
import { type ApprovalInbox, createAgentAction } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { z } from "zod";

const schema = z.object({ amount: z.string(), payee: z.string() });

/** The tools of one user, who is signed in. A client of a graph may set `configurable`, so that no user is read from there. */
export function toolsOf(
  user: string,
  guard: OffHttpGuard,
  inbox: ApprovalInbox,
  pay: (user: string, amount: string) => string,
) {
  const withdrawal = createAgentAction(guard, "withdraw-funds", { inbox });
  const withdraw = tool(
    async (bound: z.infer<typeof schema>, { signal }: { readonly signal?: AbortSignal }) => {
      const call = { user, bound, signal };
      const result = await withdrawal.call(call, (approved) => pay(approved.userId, approved.bound.amount));
      return result.status === "done" ? result.value : JSON.stringify(result.answer);
    },
    { name: "withdraw", description: "Sends money.", schema },
  );
  return [withdraw];
}
