import type { RequestListener } from "node:http";
import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Session,
  type Withdrawal,
} from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { createRequireAction } from "@require-action/koa";
import Koa from "koa";

interface State extends Koa.DefaultState {
  session?: Session;
  /** As the route validates it, before its guard. */
  withdrawal: Omit<Withdrawal, "userId">;
}

/** The bank as a Koa application: sign in, see the balance, withdraw. */
export function createApp(options: AppOptions): RequestListener {
  return createKoaApp(options).callback();
}

/** The same, before it answers requests. */
export function createKoaApp({ url, provider, bank, sessions, sealSecrets, auth, guard }: AppOptions): Koa<State> {
  const app = new Koa<State>();
  const router = new Router<State>();
  const serveAuth = toNodeHandler(auth);

  const requireAction = createRequireAction<State>({
    provider,
    sealSecrets,
    user: (ctx) => ctx.state.session?.userId,
    session: (ctx) => ctx.state.session?.id,
    ...guard,
  });

  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/auth/")) return next();
    // The API answers on the raw response, past Koa.
    ctx.respond = false;
    await serveAuth(ctx.req, ctx.res);
  });
  app.use(bodyParser());
  app.use((ctx, next) => {
    const session = sessions.find(ctx.get("cookie"));
    if (session) ctx.state.session = session;
    return next();
  });

  router.get([...pagePaths], (ctx) => {
    const { headers, body } = readPageFile(ctx.path);
    ctx.set(headers);
    ctx.body = body;
  });

  router.post("/session", (ctx) => {
    const { user } = (ctx.request.body ?? {}) as Record<string, unknown>;
    if (!isUserName(user)) return ctx.throw(400, "user must be a name such as alice");
    ctx.set("set-cookie", sessions.signIn(user));
    ctx.body = { user };
  });

  router.get("/balance", (ctx) => {
    const userId = ctx.state.session?.userId ?? ctx.throw(401, "sign in first");
    ctx.body = { user: userId, balance: bank.balance(userId), currency: "EUR" };
  });

  const guarded = requireAction("withdraw-funds", {
    bind: ({ state: { withdrawal } }) => ({ ...withdrawal }),
    attributes: ({ state: { withdrawal } }) => ({ custom: { payeeCountry: withdrawal.payee.slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });
  router.post(
    "/withdrawals",
    (ctx, next) => {
      const withdrawal = parseWithdrawal(ctx.request.body);
      if (typeof withdrawal === "string") return ctx.throw(400, withdrawal);
      ctx.state.withdrawal = withdrawal;
      return next();
    },
    guarded,
    async (ctx) => {
      const { userId, bound, release } = guarded.approved(ctx);
      if (!bank.withdraw({ userId, ...bound })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        return ctx.throw(422, "insufficient funds");
      }
      ctx.body = { withdrawn: bound.amount, balance: bank.balance(userId) };
    },
  );
  app.use(router.routes()).use(router.allowedMethods());
  return app;
}
