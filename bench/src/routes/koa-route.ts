import { bodyParser } from "@koa/bodyparser";
import Router from "@koa/router";
import { createRequireAction } from "@require-action/koa";
import Koa, { type Middleware } from "koa";
import jwt from "koa-jwt";
import { ACTION, type withdrawal } from "../subject-policy.ts";
import type { LimitRequest } from "../limit/limit.ts";
import type { Backend } from "./backend.ts";
import { type Front, PATH, peerToken, type Route, USER_HEADER } from "./route.ts";

/** Creates the route in Koa, with one thing in front of its handler. */
export function createKoaRoute(front: Front, backend: Backend): Route {
  let withdrawals = 0;
  const app = new Koa();
  app.use(bodyParser());
  app.use((ctx, next) => {
    ctx.state["user"] = { id: ctx.req.headers[USER_HEADER] };
    return next();
  });
  const router = new Router();
  router.post(PATH, ...inFront(front, backend), (ctx) => {
    withdrawals++;
    ctx.body = { withdrawn: bodyOf(ctx).amount };
  });
  app.use(router.routes());
  return { listener: app.callback(), withdrawals: () => withdrawals };
}

function inFront(front: Front, { guard, byHand, limit }: Backend): readonly Middleware[] {
  switch (front) {
    case "bare":
      return [];
    case "ours":
      return [
        createRequireAction(guard)(ACTION, {
          bind: ({ request: { body } }) => ({ amount: body.amount, currency: body.currency, payee: body.payee }),
        }),
      ];
    case "by-hand":
      return [handWritten(byHand)];
    case "limit":
      return [limited(limit)];
    case "koa-jwt":
      return [jwt({ ...peerToken, algorithms: ["HS256"], key: "token" })];
    case "express-jwt":
    case "express-oauth2-jwt-bearer":
      throw new TypeError(`${front} is for Express`);
  }
}

function handWritten({ track, validate }: Backend["byHand"]): Middleware {
  return async function requireActionByHand(ctx, next) {
    const userId = ctx.state["user"].id as string;
    const presented = ctx.get("action-token");
    if (presented !== "") {
      if (await validate(userId, presented)) return next();
      ctx.status = 403;
      ctx.body = { error: "The challenge was not completed" };
      return;
    }
    const { amount, currency, payee } = bodyOf(ctx);
    const { state, token } = await track(userId, { amount, currency, payee }, ctx.ip, ctx.get("user-agent"));
    if (state === "ALLOW") return next();
    ctx.status = state === "REVIEW_REQUIRED" ? 202 : 403;
    if (state === "CHALLENGE_REQUIRED") ctx.body = { token };
    else if (state === "REVIEW_REQUIRED") ctx.body = { message: "Under review" };
    else ctx.body = { error: "This action cannot be completed for security reasons" };
  };
}

function limited({ allow, retry }: Backend["limit"]): Middleware {
  return function requireActionByLimit(ctx, next) {
    const { headers } = ctx.req;
    const token = headers["action-token"] as string | undefined;
    const request: LimitRequest = {
      native: ctx,
      user: ctx.state["user"].id as string,
      ip: ctx.ip,
      userAgent: headers["user-agent"] ?? "",
      body: bodyOf(ctx),
    };
    if (token === undefined ? allow(request) : retry(request, token)) return next();
    ctx.status = 403;
    ctx.body = { error: "The action was not approved" };
    return undefined;
  };
}

function bodyOf({ request }: { request: { body?: unknown } }): typeof withdrawal {
  return request.body as typeof withdrawal;
}
