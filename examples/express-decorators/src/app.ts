import { type AppOptions, isUserName, pagePaths, parseWithdrawal, readPageFile } from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { createActionDecorator, createRequireAction } from "@require-action/express";
import express, { type Express, type Request } from "express";
import { createWithdrawals } from "./withdrawals.ts";

/** The bank as an Express application with controller classes: sign in, see the balance, withdraw. */
export function createApp(options: AppOptions): Express {
  const { provider, bank, sessions, sealSecrets, auth, guard } = options;
  const app = express();
  const session = (req: Request) => sessions.find(req.get("cookie"));

  const RequireAction = createActionDecorator(
    createRequireAction({
      provider,
      sealSecrets,
      user: (req) => session(req)?.userId,
      session: (req) => session(req)?.id,
      ...guard,
    }),
  );
  const withdrawals = createWithdrawals(RequireAction, options);

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
      const order = parseWithdrawal(req.body);
      if (typeof order === "string") return void res.status(400).json({ error: order });
      next();
    },
    (req, res, next) => withdrawals.create(req, res, next),
  );
  return app;
}
