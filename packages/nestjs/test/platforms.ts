import { type INestApplication, type Type } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter, type NestExpressApplication } from "@nestjs/platform-express";
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify";

/** What the tests run on. */
export interface Platform {
  readonly name: "Express" | "Fastify";
  /** Creates an application that is not started yet. */
  create(module: Type, options: { readonly parseBody: boolean }): Promise<INestApplication>;
  /** Starts it, so that its server may listen. */
  start(app: INestApplication): Promise<void>;
}

const quiet = { logger: false, abortOnError: false, rawBody: true } as const;

export const expressPlatform: Platform = {
  name: "Express",
  async create(module, { parseBody }) {
    const app = await NestFactory.create<NestExpressApplication>(module, new ExpressAdapter(), {
      ...quiet,
      bodyParser: false,
    });
    if (parseBody) app.useBodyParser("json", { limit: "1mb" });
    return app;
  },
  async start(app) {
    await app.init();
  },
};

export const fastifyPlatform: Platform = {
  name: "Fastify",
  async create(module, { parseBody }) {
    // Fastify would refuse such bodies in words of its own; the guard has to do so too.
    const adapter = new FastifyAdapter({ onProtoPoisoning: "ignore", onConstructorPoisoning: "ignore" });
    const app = await NestFactory.create(module, adapter, { ...quiet, bodyParser: parseBody });
    const fastify = adapter.getInstance();
    if (!parseBody) fastify.removeAllContentTypeParsers();
    // Fastify itself answers 415 to a type without parser; this passes such a body by.
    fastify.addContentTypeParser("*", (_request, _payload, done) => done(null));
    return app;
  },
  async start(app) {
    await app.init();
    await (app as NestFastifyApplication).getHttpAdapter().getInstance().ready();
  },
};
