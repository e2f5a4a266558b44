declare module "hono4.6" {
  export { Hono } from "hono";
}

declare module "node-server2" {
  export { createAdaptorServer } from "@hono/node-server";
}
