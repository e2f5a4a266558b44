import type { RequestListener } from "node:http";

/** The two frameworks that the issue names. */
export type Framework = "express" | "koa";

/** What stands in front of the handler: nothing, the code of users, the limit, ours, or a peer that only verifies a token. */
export type Front = "bare" | "by-hand" | "limit" | "ours" | "express-jwt" | "express-oauth2-jwt-bearer" | "koa-jwt";

/** A route with something in front of it, and how often its handler has run. */
export interface Route {
  readonly listener: RequestListener;
  withdrawals(): number;
}

/** Where every request goes. */
export const PATH = "/withdrawals";

/** Whom a request is from: all routes believe this header, as if something before them had signed the user in. */
export const USER_HEADER = "x-user";

/** What the peers' tokens are signed with and for. */
export const peerToken = {
  secret: "a-secret-of-the-peers-that-is-32-bytes-long",
  issuer: "https://issuer.example",
  audience: "https://bench.example",
} as const;
