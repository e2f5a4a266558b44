import type { INestApplication } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { FastifyAdapter } from "@nestjs/platform-fastify";
import type { GuardEvent } from "@require-action/core/events";
import { expect, it, onTestFinished, vi } from "vitest";
import { expressPlatform, fastifyPlatform, type Platform } from "./platforms.ts";
import { guardOptions, serve, Withdrawals } from "./serve.ts";

/** Express with this setting, or as it comes. */
function expressTrusting(trust: unknown): Platform {
  return {
    ...expressPlatform,
    async start(app: INestApplication) {
      if (trust !== undefined) (app as NestExpressApplication).set("trust proxy", trust);
      await expressPlatform.start(app);
    },
  };
}

function fastifyTrusting(trustProxy: boolean | string | number | undefined): Platform {
  return {
    ...fastifyPlatform,
    create: (module) =>
      NestFactory.create(module, new FastifyAdapter({ ...(trustProxy !== undefined && { trustProxy }) }), {
        logger: false,
        abortOnError: false,
      }),
  };
}

it.each<readonly [string, Platform, string, readonly string[]]>([
  ["Express as it comes", expressTrusting(undefined), "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  ["Express that trusts every proxy", expressTrusting(true), "203.0.113.7", ["RA_ANY_PROXY_TRUSTED"]],
  ["Express that trusts the machine's own", expressTrusting("loopback"), "198.51.100.9", []],
  ["Fastify as it comes", fastifyTrusting(undefined), "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  ["Fastify that trusts another machine", fastifyTrusting("192.0.2.1"), "127.0.0.1", ["RA_PROXY_NOT_TRUSTED"]],
  ["Fastify that trusts the machine's own", fastifyTrusting("127.0.0.1"), "198.51.100.9", []],
])("C9: behind a proxy, %s, rules judge the client they should", async (_name, platform, ipAddress, codes) => {
  const emitWarning = vi.spyOn(process, "emitWarning").mockReturnValue();
  onTestFinished(() => emitWarning.mockRestore());
  const events: GuardEvent[] = [];
  const options = { ...guardOptions(), on: (event: GuardEvent) => events.push(event) };
  const { post, provider } = await serve(platform, { controllers: [Withdrawals] }, { options });
  for (let times = 0; times < 2; times++) {
    const { status } = await post("/", {}, { "x-forwarded-for": "203.0.113.7, 198.51.100.9" });
    expect(status).toBe(200);
  }
  expect(provider.calls[0]?.request).toHaveProperty("attributes.ipAddress", ipAddress);
  expect(events.flatMap((event) => (event.type === "warning" ? [event.code] : []))).toEqual(codes);
});
