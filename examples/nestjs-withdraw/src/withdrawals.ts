import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  type PipeTransform,
  Post,
  type Type,
  UnprocessableEntityException,
} from "@nestjs/common";
import { parseWithdrawal, type Withdrawal } from "@require-action-examples/bank";
import { type Approved, ApprovedAction, RequireAction } from "@require-action/nestjs";
import type { Request } from "express";
import type { AppOptions } from "./app-options.ts";

const readWithdrawal: PipeTransform = {
  transform(body: unknown) {
    const withdrawal = parseWithdrawal(body);
    if (typeof withdrawal === "string") throw new BadRequestException({ error: withdrawal });
    return withdrawal;
  },
};

/** Creates the controller of withdrawals, whose `redirectUrl` is known at the start only. */
export function createWithdrawals({ url, bank }: AppOptions): Type {
  const guarded = RequireAction("withdraw-funds", {
    // Guards come before pipes: this is the body as the client sent it, whatever is in it.
    bind: ({ body }: Request) => ({ amount: body.amount, currency: body.currency, payee: body.payee }),
    attributes: ({ body }: Request) => ({ custom: { payeeCountry: String(body.payee).slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });

  @Controller("withdrawals")
  class Withdrawals {
    @Post()
    @HttpCode(200)
    @guarded
    async create(
      @Body(readWithdrawal) withdrawal: Omit<Withdrawal, "userId">,
      @ApprovedAction(guarded) { userId, release }: Approved<typeof guarded>,
    ): Promise<unknown> {
      if (!bank.withdraw({ userId, ...withdrawal })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        throw new UnprocessableEntityException({ error: "insufficient funds" });
      }
      return { withdrawn: withdrawal.amount, balance: bank.balance(userId) };
    }
  }
  return Withdrawals;
}
