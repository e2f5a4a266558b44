import type { AppOptions, Withdrawal } from "@require-action-examples/bank";
import type { ActionDecoratorFactory, ControllerMethod } from "@require-action/express";
import type { Request, Response } from "express";

/** A request whose body has been validated. */
type Ordered = Request<object, unknown, Omit<Withdrawal, "userId">>;

/** Withdrawals, whose handlers are methods. */
export interface Withdrawals {
  readonly create: ControllerMethod;
}

/** Creates the controller: `RequireAction` is the application's decorator, with its provider and its users. */
export function createWithdrawals(RequireAction: ActionDecoratorFactory, { url, bank }: AppOptions): Withdrawals {
  const withdrawal = RequireAction("withdraw-funds", {
    bind: ({ body: { amount, currency, payee } }: Ordered) => ({ amount, currency, payee }),
    attributes: ({ body }: Ordered) => ({ custom: { payeeCountry: body.payee.slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });

  class BankWithdrawals {
    readonly #bank = bank;

    @withdrawal
    async create(req: Request, res: Response): Promise<void> {
      const { userId, bound, release } = withdrawal.approved(req);
      if (!this.#bank.withdraw({ userId, ...bound })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        res.status(422).json({ error: "insufficient funds" });
        return;
      }
      res.json({ withdrawn: bound.amount, balance: this.#bank.balance(userId) });
    }
  }
  return new BankWithdrawals();
}
