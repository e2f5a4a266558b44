// Nest asks its users for it, before anything is decorated.
// oxlint-disable-next-line import/no-unassigned-import
import "reflect-metadata";
import type { RequestListener } from "node:http";
import { Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import { ExpressAdapter } from "@nestjs/platform-express";
import type { AppOptions } from "@require-action-examples/bank";
import { toNodeHandler } from "@require-action/server/client-api";
import { RequireActionModule } from "@require-action/nestjs";
import type { Request } from "express";
import { Accounts } from "./accounts.ts";
import { APP_OPTIONS } from "./app-options.ts";
import { Page } from "./page.ts";
import { createWithdrawals } from "./withdrawals.ts";

/** The bank as a NestJS application: sign in, see the balance, withdraw. */
export async function createApp(options: AppOptions): Promise<RequestListener> {
  const { provider, sessions, sealSecrets, auth, guard } = options;
  const session = (request: Request) => sessions.find(request.get("cookie"));

  @Module({
    imports: [
      RequireActionModule.forRoot({
        provider,
        sealSecrets,
        user: (request: Request) => session(request)?.userId,
        session: (request: Request) => session(request)?.id,
        ...guard,
      }),
    ],
    controllers: [Page, Accounts, createWithdrawals(options)],
    providers: [{ provide: APP_OPTIONS, useValue: options }],
  })
  class BankModule {}

  const adapter = new ExpressAdapter();
  const app = await NestFactory.create(BankModule, adapter, { logger: ["error", "warn"] });
  // Added before Nest adds its body parser: it reads bodies itself.
  adapter.getInstance().all("/auth/*path", toNodeHandler(auth));
  await app.init();
  return adapter.getInstance();
}
