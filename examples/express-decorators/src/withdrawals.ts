import type { AppOptions } from "@require-action-examples/bank";
import { type ActionDecoratorFactory, approvedAction, type ControllerMethod } from "@require-action/express";
import type { Request, Response } from "express";

/** Withdrawals, whose handlers are methods. */
export interface Withdrawals {
  readonly create: ControllerMethod;
}

/** Creates the controller: `RequireAction` is the application's decorator, with its provider and its users. */
export function createWithdrawals(RequireAction: ActionDecoratorFactory, { url, bank }: AppOptions): Withdrawals {
  class BankWithdrawals {
    readonly #bank = bank;

    @RequireAction("withdraw-funds", {
      bind: (req) => ({ amount: req.body.amount, currency: req.body.currency, payee: req.body.payee }),
      attributes: (req) => ({ custom: { payeeCountry: req.body.payee.slice(0, 2) } }),
      redirectUrl: `${url}/?mode=redirect`,
    })
    async create(req: Request, res: Response): Promise<void> {
      const { userId, release } = approvedAction(req)!;
      const withdrawal = res.locals["withdrawal"];
      if (!this.#bank.withdraw({ userId, ...withdrawal })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        res.status(422).json({ error: "insufficient funds" });
        return;
      }
      res.json({ withdrawn: withdrawal.amount, balance: this.#bank.balance(userId!) });
    }
  }
  return new BankWithdrawals();
}
