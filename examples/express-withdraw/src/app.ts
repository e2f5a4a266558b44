import { type AppOptions, isUserName, pagePaths, parseWithdrawal, readPageFile } from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/engine";
import { approvedAction, createRequireAction } from "@require-action/express";
import express, { type Express, type Request } from "express";

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

  app.post(
    "/withdrawals",
    (req, res, next) => {
      const withdrawal = parseWithdrawal(req.body);
      if (typeof withdrawal === "string") return void res.status(400).json({ error: withdrawal });
      res.locals["withdrawal"] = withdrawal;
      next();
    },
    requireAction("withdraw-funds", {
      bind: (req) => ({ amount: req.body.amount, currency: req.body.currency, payee: req.body.payee }),
      attributes: (req) => ({ custom: { payeeCountry: req.body.payee.slice(0, 2) } }),
      redirectUrl: `${url}/?mode=redirect`,
    }),
    async (req, res) => {
      const { userId, release } = approvedAction(req)!;
      const withdrawal = res.locals["withdrawal"];
      if (!bank.withdraw({ userId, ...withdrawal })) {
        // Nothing happened, so the approval need not be lost.
        await release();
        return void res.status(422).json({ error: "insufficient funds" });
      }
      res.json({ withdrawn: withdrawal.amount, balance: bank.balance(userId!) });
    },
  );
  return app;
}
