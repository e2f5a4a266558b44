import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { createRequireAction, type KoaGuardOptions } from "@require-action/koa";
import Koa from "koa";

/** In production: `createApp({ provider: engine, sealSecrets, ledger }, pay)`. */
export function createApp(guardOptions: KoaGuardOptions, pay: (bound: unknown) => Promise<void>): Koa {
  const requireAction = createRequireAction(guardOptions);
  const withdrawal = requireAction("withdraw-funds", {
    bind: ({ request: { body } }) => ({ amount: body.amount, payee: body.payee }),
  });
  const router = new Router();
  router.post("/withdrawals", withdrawal, async (ctx) => {
    const { bound } = withdrawal.approved(ctx);
    await pay(bound);
    ctx.body = { withdrawn: bound.amount };
  });
  const app = new Koa();
  app.use(bodyParser()).use(router.routes());
  return app;
}
