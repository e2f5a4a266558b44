import {
  type AppOptions,
  isUserName,
  pagePaths,
  parseWithdrawal,
  readPageFile,
  type Withdrawal,
} from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { ClaimRefused, createRequireAction, type RequireAction } from "@require-action/express";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { BankBusy, type DurableBank } from "./durable-bank.ts";
import { createSignedSessions } from "./signed-sessions.ts";

/** A request whose body has been validated. */
type Ordered = Request<object, unknown, Omit<Withdrawal, "userId">>;

/** The bank as an Express application whose approvals are used up by the transaction that moves the money. */
export function createApp(
  { url, provider, sealSecrets, auth, guard }: AppOptions,
  bank: DurableBank,
): { readonly app: Express; readonly requireAction: RequireAction } {
  const app = express();
  const sessions = createSignedSessions("a-third-example-secret-that-is-not-for-production");
  const session = (req: Request) => sessions.find(req.get("cookie"));

  const requireAction = createRequireAction({
    provider,
    sealSecrets,
    user: (req) => session(req)?.userId,
    session: (req) => session(req)?.id,
    claim: "handler",
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
      const approved = withdrawal.approved(req);
      const { userId, bound } = approved;
      // Without enough money the transaction was rolled back, and the approval is still good.
      const balance = await bank.withdraw(approved, { userId, ...bound });
      if (balance === undefined) return void res.status(422).json({ error: "insufficient funds" });
      res.json({ withdrawn: bound.amount, balance });
    },
  );

  app.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    if (error instanceof BankBusy) {
      return void res.status(503).set("retry-after", "1").json({ error: "the bank is busy, and nothing has happened" });
    }
    // A claim that was lost, in the guard's own words rather than Express's.
    if (!(error instanceof ClaimRefused)) return next(error);
    const { status, headers, body } = error.reply;
    res.writeHead(status, headers).end(body);
  });
  return { app, requireAction };
}
