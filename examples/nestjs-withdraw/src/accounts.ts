import {
  BadRequestException,
  Body,
  Controller,
  Get,
  Headers,
  HttpCode,
  Inject,
  Post,
  Res,
  UnauthorizedException,
} from "@nestjs/common";
import { type Bank, isUserName, type Sessions } from "@require-action-examples/bank";
import type { Response } from "express";
import { APP_OPTIONS, type AppOptions } from "./app-options.ts";

/** Signs in, and tells balances. */
@Controller()
export class Accounts {
  readonly #bank: Bank;
  readonly #sessions: Sessions;

  constructor(@Inject(APP_OPTIONS) { bank, sessions }: AppOptions) {
    this.#bank = bank;
    this.#sessions = sessions;
  }

  @Post("session")
  @HttpCode(200)
  signIn(@Body("user") user: unknown, @Res({ passthrough: true }) response: Response): unknown {
    if (!isUserName(user)) throw new BadRequestException({ error: "user must be a name such as alice" });
    response.set("set-cookie", this.#sessions.signIn(user));
    return { user };
  }

  @Get("balance")
  balance(@Headers("cookie") cookie: string | undefined): unknown {
    const userId = this.#sessions.find(cookie)?.userId;
    if (!userId) throw new UnauthorizedException({ error: "sign in first" });
    return { user: userId, balance: this.#bank.balance(userId), currency: "EUR" };
  }
}
