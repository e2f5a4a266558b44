import type { Guard } from "@require-action/core";
import type { RunResult } from "@require-action/core/off-http";
import { initTRPC, TRPCError } from "@trpc/server";

/** What `createContext` finds out about each request. The client sends an approval as it does to a route: in a header. */
export interface Context {
  readonly userId: string | undefined;
  readonly ipAddress: string | undefined;
  readonly actionToken: string | undefined;
}

export interface Bank {
  withdraw(userId: string, amount: string, payee: string): Promise<{ readonly balance: string }>;
}

export function createRouter(guard: Guard<any>, bank: Bank) {
  const t = initTRPC.context<Context>().create();
  const withdrawFunds = guard.action("withdraw-funds", { verificationMethods: ["PASSKEY", "AUTHENTICATOR_APP"] });

  return t.router({
    withdraw: t.procedure
      .input((input: any) => {
        const { amount, payee } = input ?? {};
        if (typeof amount === "string" && typeof payee === "string") return { amount, payee };
        throw new TRPCError({ code: "BAD_REQUEST", message: "amount and payee must be texts" });
      })
      // The client receives the union, with its types: it narrows on `kind`, and sends the same input again with the token.
      .mutation(async ({ ctx, input, signal }): Promise<WithoutApproval<RunResult<{ readonly balance: string }>>> => {
        const result = await withdrawFunds.run(
          {
            user: ctx.userId,
            bound: input,
            token: ctx.actionToken,
            clientContext: { ipAddress: ctx.ipAddress },
            signal,
          },
          ({ userId, bound }) => bank.withdraw(userId, bound.amount, bound.payee),
        );
        return result.kind === "done" ? { kind: "done", value: result.value } : result;
      }),
  });
}

/** The approved action has verbs, which stay on the server. */
type WithoutApproval<Result> = Result extends { readonly approved: unknown } ? Omit<Result, "approved"> : Result;
