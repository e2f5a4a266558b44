import { Controller, type DynamicModule, HttpCode, Module, Post } from "@nestjs/common";
import {
  type ActionProvider,
  type Approved,
  ApprovedAction,
  RequireAction,
  RequireActionModule,
} from "@require-action/nestjs";

const withdrawal = RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: String(body.amount) }) });

@Controller("withdrawals")
class Withdrawals {
  @Post()
  @HttpCode(200)
  @withdrawal
  create(@ApprovedAction(withdrawal) { bound }: Approved<typeof withdrawal>): object {
    return { withdrawn: bound.amount.padStart(6, "0") };
  }
}

@Module({ controllers: [Withdrawals] })
export class AppModule {
  static with(provider: ActionProvider): DynamicModule {
    const options = { provider, user: () => "alice", sealSecrets: ["s".repeat(32)] };
    return { module: AppModule, imports: [RequireActionModule.forRoot(options)] };
  }
}
