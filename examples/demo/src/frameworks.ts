import type { CreateApp } from "@require-action-examples/bank";

/** The bank in each framework, by the name that `npm start` knows it by. Only what is played is loaded. */
export const frameworks: ReadonlyMap<
  string,
  { readonly title: string; load(): Promise<{ readonly createApp: CreateApp }> }
> = new Map([
  ["express", { title: "Express", load: () => import("@require-action-examples/express-withdraw") }],
  ["koa", { title: "Koa", load: () => import("@require-action-examples/koa-withdraw") }],
  ["fastify", { title: "Fastify", load: () => import("@require-action-examples/fastify-withdraw") }],
  ["hono", { title: "Hono", load: () => import("@require-action-examples/hono-withdraw") }],
  ["nestjs", { title: "NestJS", load: () => import("@require-action-examples/nestjs-withdraw") }],
  [
    "express-decorators",
    { title: "Express with decorators", load: () => import("@require-action-examples/express-decorators") },
  ],
]);
