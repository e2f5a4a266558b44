declare module "hono4.6" {
  export { Hono } from "hono";
}

declare module "node-server2" {
  export { createAdaptorServer } from "@hono/node-server";
}

declare module "oidc-provider" {
  import type { RequestListener } from "node:http";

  /** As much of it as the tests use. */
  export default class Provider {
    constructor(issuer: string, configuration: object);
    callback(): RequestListener;
  }
}
