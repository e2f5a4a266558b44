export { type ClientApiOptions, createClientApi } from "./create-client-api.ts";
export type { SignedInUser } from "./enrollment-session.ts";
export { type NodeHandler, toNodeHandler } from "../http/node-handler.ts";
export type { FetchHandler } from "../http/exchange.ts";
