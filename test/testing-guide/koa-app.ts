import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { type ActionContext, approvedAction, createRequireAction, type KoaGuardOptions } from "@require-action/koa";
import Koa from "koa";

/** In production: `createApp({ provider: engine, sealSecrets, ledger }, pay)`. */
export function createApp(guardOptions: KoaGuardOptions, pay: (bound: unknown) => Promise<void>): Koa {
  const requireAction = createRequireAction(guardOptions);
  const bind = ({ request: { body } }: ActionContext) => ({ amount: body.amount, payee: body.payee });
  const router = new Router();
  router.post("/withdrawals", requireAction("withdraw-funds", { bind }), async (ctx) => {
    const { bound } = approvedAction(ctx)!;
    await pay(bound);
    ctx.body = { withdrawn: bound!["amount"] };
  });
  const app = new Koa();
  app.use(bodyParser()).use(router.routes());
  return app;
}
