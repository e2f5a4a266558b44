import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Withdrawal,
} from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { createRequireAction } from "@require-action/express";
import express, { type Express, type Request } from "express";

/** A request whose body has been validated. */
type Ordered = Request<object, unknown, Omit<Withdrawal, "userId">>;

/** The bank as an Express application: sign in, see the balance, withdraw. */
export function createApp({ url, provider, bank, sessions, sealSecrets, auth, guard }: AppOptions): Express {
  const app = express();
  const session = (req: Request) => sessions.find(req.get("cookie"));

  const requireAction = createRequireAction({
    provider,
    sealSecrets,
    user: (req) => session(req)?.userId,
    session: (req) => session(req)?.id,
    ...guard,
  });

  // Before the body parser: it reads bodies itself.
  app.all("/auth/*path", toNodeHandler(auth));
  app.use(express.json());

  app.get([...pagePaths], (req, res) => {
    const { headers, body } = readPageFile(req.path);
    res.set(headers).send(body);
  });

  app.post("/session", (req, res) => {
    const { user } = req.body ?? {};
    if (!isUserName(user)) return void res.status(400).json({ error: "user must be a name such as alice" });
    res.set("set-cookie", sessions.signIn(user)).json({ user });
  });

  app.get("/balance", (req, res) => {
    const userId = session(req)?.userId;
    if (!userId) return void res.status(401).json({ error: "sign in first" });
    res.json({ user: userId, balance: bank.balance(userId), currency: "EUR" });
  });

  const withdrawal = requireAction("withdraw-funds", {
    bind: ({ body: { amount, currency, payee } }: Ordered) => ({ amount, currency, payee }),
    attributes: ({ body }: Ordered) => ({ custom: { payeeCountry: body.payee.slice(0, 2) } }),
    redirectUrl: `${url}/?mode=redirect`,
  });
  app.post(
    "/withdrawals",
    (req, res, next) => {
      const order = parseWithdrawal(req.body);
      if (typeof order === "string") return void res.status(400).json({ error: order });
      next();
    },
    withdrawal,
    async (req, res) => {
      const { userId, bound, release } = withdrawal.approved(req);
      if (!bank.withdraw({ userId, ...bound })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        return void res.status(422).json({ error: "insufficient funds" });
      }
      res.json({ withdrawn: bound.amount, balance: bank.balance(userId) });
    },
  );
  return app;
}
