import type { RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Session,
  type Withdrawal,
} from "@require-action-examples/bank";
import { createRequireAction } from "@require-action/hono";
import { type Context, Hono } from "hono";

interface Env {
  Variables: { session: Session | undefined; withdrawal: Omit<Withdrawal, "userId"> };
}

/** The body; nothing where it is no JSON, which is the client's mistake and not the bank's. */
async function readJson(c: Context): Promise<{ readonly user?: unknown } | undefined> {
  return c.req.json().catch(() => undefined);
}

/** The bank as a Hono application: sign in, see the balance, withdraw. */
export function createApp(options: AppOptions): RequestListener {
  return getRequestListener(createHonoApp(options).fetch);
}

/** The same, before it answers requests of Node. */
export function createHonoApp(options: AppOptions): Hono<Env> {
  const { url, provider, bank, sessions, sealSecrets, auth, guard } = options;
  const app = new Hono<Env>();

  const requireAction = createRequireAction<Env>({
    provider,
    sealSecrets,
    user: (c) => c.var.session?.userId,
    session: (c) => c.var.session?.id,
    ...guard,
  });

  app.all("/auth/*", (c) => auth(c.req.raw, c.env));
  app.use(async (c, next) => {
    c.set("session", sessions.find(c.req.header("cookie")));
    await next();
  });

  for (const path of pagePaths) {
    app.get(path, (c) => {
      const { headers, body } = readPageFile(path);
      return c.body(new Uint8Array(body), 200, headers);
    });
  }

  app.post("/session", async (c) => {
    const user = (await readJson(c))?.user;
    if (!isUserName(user)) return c.json({ error: "user must be a name such as alice" }, 400);
    c.header("set-cookie", sessions.signIn(user));
    return c.json({ user });
  });

  app.get("/balance", (c) => {
    const userId = c.var.session?.userId;
    if (!userId) return c.json({ error: "sign in first" }, 401);
    return c.json({ user: userId, balance: bank.balance(userId), currency: "EUR" });
  });

  const guarded = requireAction("withdraw-funds", {
    bind: (c) => ({ ...c.var.withdrawal }),
    attributes: (c) => ({ custom: { payeeCountry: c.var.withdrawal.payee.slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });
  app.post(
    "/withdrawals",
    async (c, next) => {
      const withdrawal = parseWithdrawal(await readJson(c));
      if (typeof withdrawal === "string") return c.json({ error: withdrawal }, 400);
      c.set("withdrawal", withdrawal);
      return next();
    },
    guarded,
    async (c) => {
      const { userId, bound, release } = guarded.approved(c);
      if (!bank.withdraw({ userId, ...bound })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        return c.json({ error: "insufficient funds" }, 422);
      }
      return c.json({ withdrawn: bound.amount, balance: bank.balance(userId) });
    },
  );
  return app;
}
