import { createRequireAction } from "@require-action/express";
import express, { type Request, type RequestHandler } from "express";
import { expressjwt } from "express-jwt";
import { auth } from "express-oauth2-jwt-bearer";
import { ACTION } from "../subject-policy.ts";
import type { LimitRequest } from "../limit/limit.ts";
import type { Backend } from "./backend.ts";
import { type Front, PATH, peerToken, type Route, USER_HEADER } from "./route.ts";

/** Creates the route in Express, with one thing in front of its handler. */
export function createExpressRoute(front: Front, backend: Backend): Route {
  let withdrawals = 0;
  const app = express();
  app.use(express.json());
  app.use((req, _res, next) => {
    Object.assign(req, { user: { id: req.headers[USER_HEADER] } });
    next();
  });
  app.post(PATH, ...inFront(front, backend), (req, res) => {
    withdrawals++;
    res.json({ withdrawn: req.body.amount });
  });
  return { listener: app, withdrawals: () => withdrawals };
}

function inFront(front: Front, { guard, byHand, limit }: Backend): readonly RequestHandler[] {
  const { secret, issuer, audience } = peerToken;
  switch (front) {
    case "bare":
      return [];
    case "ours":
      return [
        createRequireAction(guard)(ACTION, {
          bind: (req) => ({ amount: req.body.amount, currency: req.body.currency, payee: req.body.payee }),
        }),
      ];
    case "by-hand":
      return [handWritten(byHand)];
    case "limit":
      return [limited(limit)];
    case "express-jwt":
      return [expressjwt({ secret, algorithms: ["HS256"], issuer, audience })];
    case "express-oauth2-jwt-bearer":
      return [auth({ secret, tokenSigningAlg: "HS256", issuer, audience })];
    case "koa-jwt":
      throw new TypeError("koa-jwt is for Koa");
  }
}

function handWritten({ track, validate }: Backend["byHand"]): RequestHandler {
  return async function requireActionByHand(req: Request & { user?: { id: string } }, res, next) {
    const userId = req.user!.id;
    const presented = req.get("action-token");
    if (presented !== undefined) {
      if (await validate(userId, presented)) return next();
      return void res.status(403).json({ error: "The challenge was not completed" });
    }
    const { amount, currency, payee } = req.body;
    const { state, token } = await track(
      userId,
      { amount, currency, payee },
      req.ip ?? "",
      req.get("user-agent") ?? "",
    );
    if (state === "ALLOW") return next();
    if (state === "CHALLENGE_REQUIRED") return void res.status(403).json({ token });
    if (state === "REVIEW_REQUIRED") return void res.status(202).json({ message: "Under review" });
    res.status(403).json({ error: "This action cannot be completed for security reasons" });
  };
}

function limited({ allow, retry }: Backend["limit"]): RequestHandler {
  return function requireActionByLimit(req: Request & { user?: { id: string } }, res, next) {
    const { headers, body } = req;
    const token = headers["action-token"] as string | undefined;
    const request: LimitRequest = {
      native: req,
      user: req.user!.id,
      ip: req.ip ?? "",
      userAgent: headers["user-agent"] ?? "",
      body,
    };
    if (token === undefined ? allow(request) : retry(request, token)) return next();
    res.status(403).json({ error: "The action was not approved" });
  };
}
