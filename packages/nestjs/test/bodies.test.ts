import type { NestFastifyApplication } from "@nestjs/platform-fastify";
import type { GuardEvent } from "@require-action/core/events";
import { expect, it } from "vitest";
import { fastifyPlatform } from "./platforms.ts";
import { guardOptions, serve, Withdrawals } from "./serve.ts";

it.each([
  [
    "a type that no parser of Fastify reads is the client's fault",
    "application/x-unknown",
    415,
    "body_type_unsupported",
  ],
  ["a type whose parser leaves nothing is the application's", "application/x-nothing", 500, "body_not_parsed"],
])("on Fastify, %s", async (_whose, contentType, status, code) => {
  const configure = (app: unknown): void => {
    const fastify = (app as NestFastifyApplication).getHttpAdapter().getInstance();
    fastify.addContentTypeParser("application/x-nothing", (_request, _payload, done) => done(null));
  };
  const events: GuardEvent[] = [];
  const options = { ...guardOptions(), on: (event: GuardEvent) => events.push(event) };
  const { post, provider } = await serve(fastifyPlatform, { controllers: [Withdrawals] }, { configure, options });
  expect((await post("/", {}, { "content-type": contentType })).status).toBe(status);
  expect(events).toContainEqual(expect.objectContaining({ code }));
  expect(provider.calls).toEqual([]);
});
