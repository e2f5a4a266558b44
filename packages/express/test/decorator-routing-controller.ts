// Read by decorator-routing-controllers.test.ts, which compiles it for legacy decorators. Imports types only.
import type * as routing from "routing-controllers";
import type { approvedAction, RequireAction } from "../src/index.ts";

export interface Surroundings extends Pick<typeof routing, "Body" | "JsonController" | "Post" | "Req" | "UseBefore"> {
  readonly requireAction: RequireAction;
  readonly approvedAction: typeof approvedAction;
}

/** A controller of routing-controllers whose route is guarded. */
export function defineWithdrawals(surroundings: Surroundings): Function {
  const { Body, JsonController, Post, Req, UseBefore, requireAction, approvedAction } = surroundings;

  @JsonController()
  class Withdrawals {
    @Post("/withdrawals")
    @UseBefore(requireAction("withdraw-funds", { bind: (req) => ({ amount: req.body.amount }) }))
    create(@Req() req: object, @Body() { amount }: { amount: string }): unknown {
      return { amount, approved: approvedAction(req)?.bound?.["amount"] };
    }
  }
  return Withdrawals;
}
