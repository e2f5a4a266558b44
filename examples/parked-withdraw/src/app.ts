import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Withdrawal,
} from "@require-action-examples/bank";
import { createRequireAction, ClaimRefused } from "@require-action/express";
import { toNodeHandler } from "@require-action/server/client-api";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { type ParkedBank, sealSecrets } from "./parked-bank.ts";

/** A request whose body has been validated. */
type Ordered = Request<object, unknown, Omit<Withdrawal, "userId">>;

class NotEnoughMoney extends Error {}

/** The bank as an Express application whose reviewed withdrawals run once they are approved, in a worker. */
export function createApp({ provider, sessions, auth, guard }: AppOptions, bank: ParkedBank): Express {
  const app = express();
  const session = (req: Request) => sessions.find(req.get("cookie"));
  const requireAction = createRequireAction({
    provider,
    sealSecrets,
    user: (req) => session(req)?.userId,
    session: (req) => session(req)?.id,
    claim: "handler",
    parkedPath: "/parked-actions",
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

  app.get("/balance", async (req, res) => {
    const userId = session(req)?.userId;
    if (!userId) return void res.status(401).json({ error: "sign in first" });
    res.json({ user: userId, balance: await bank.balance(userId), currency: "EUR" });
  });

  const withdrawal = requireAction("withdraw-funds", {
    bind: ({ body: { amount, currency, payee } }: Ordered) => ({ amount, currency, payee }),
    attributes: ({ body }: Ordered) => ({ custom: { payeeCountry: body.payee.slice(0, 2) } }),
    park: bank.queue,
  });
  app.post(
    "/withdrawals",
    (req, res, next) => {
      const order = parseWithdrawal(req.body);
      if (typeof order === "string") return void res.status(400).json({ error: order });
      next();
    },
    withdrawal,
    // What needs no review runs here, and so does a reviewed withdrawal whose client repeats it first.
    async (req, res) => {
      const approved = withdrawal.approved(req);
      await bank.transaction(async (transaction) => {
        await approved.claim(bank.ledger.within(transaction));
        if (!(await bank.pay(approved, transaction))) throw new NotEnoughMoney();
      });
      res.json({ withdrawn: approved.bound.amount, balance: await bank.balance(approved.userId) });
    },
  );

  // Where the `Location` of a 202 leads: what has become of a withdrawal, for its user.
  app.get("/parked-actions/:handle", async (req, res) => {
    const found = await requireAction.guard.parkedTask(req.params.handle, session(req)?.userId);
    res.set("cache-control", "no-store");
    if (found) res.json(found);
    else res.status(404).json({ error: "not found" });
  });

  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (error instanceof NotEnoughMoney) return void res.status(422).json({ error: "insufficient funds" });
    // A claim that was lost, in the guard's own words rather than Express's.
    if (!(error instanceof ClaimRefused)) return next(error);
    const { status, headers, body } = error.reply;
    res.writeHead(status, headers).end(body);
  });
  return app;
}
