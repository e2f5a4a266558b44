// Compiled by `npm run typecheck`, and not run.
import { Controller, Delete, Param, Post, Req, applyDecorators } from "@nestjs/common";
import { expectTypeOf } from "vitest";
import { type Approved, ApprovedAction, type PassedAction, RequireAction } from "../src/index.ts";

/** A request of either platform, as a route types it. */
interface TransferRequest {
  readonly params: { readonly account: string };
  readonly body: { readonly amount: string };
}

const withdrawal = RequireAction("withdraw-funds", {
  bind: async ({ body }) => ({ amount: String(body.amount) }),
});
const closing = RequireAction("close-account");
const transfer = RequireAction("transfer", {
  bind: (request: TransferRequest) => ({
    account: request.params.account,
    amount: request.body.amount,
  }),
});

// @ts-expect-error -- a nested object
RequireAction("transfer", { bind: ({ body }) => ({ payee: { iban: String(body.iban) } }) });

@closing
@Controller("accounts/:id")
export class Accounts {
  @withdrawal
  @Post("withdrawals")
  withdraw(@ApprovedAction(withdrawal) approved: Approved<typeof withdrawal>): void {
    expectTypeOf(approved.bound).toEqualTypeOf<{ readonly amount: string }>();
    expectTypeOf(approved.userId).toBeString();
  }

  @applyDecorators(transfer)
  @Post("transfers")
  transfer(@Req() request: TransferRequest, @ApprovedAction() untyped: ApprovedAction): void {
    expectTypeOf(transfer.approved(request).bound.account).toBeString();
    expectTypeOf(untyped.bound?.["account"]).toEqualTypeOf<string | number | boolean | undefined>();
  }

  @Delete()
  close(@Param("id") _id: string, @ApprovedAction(closing) approved: Approved<typeof closing>): void {
    expectTypeOf(approved).toEqualTypeOf<PassedAction<string>>();
    // @ts-expect-error -- no field is bound
    void approved.bound;
  }

  // @ts-expect-error -- a property would stay unguarded
  @withdrawal
  readonly property = 1;
}
