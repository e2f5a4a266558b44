import { Controller, Inject, Injectable, Post, Scope } from "@nestjs/common";
import { REQUEST } from "@nestjs/core";
import { describe, expect, it } from "vitest";
import {
  ACTION_GUARD,
  type ActionGuard,
  type NestGuardOptions,
  RequireAction,
  RequireActionModule,
} from "../src/index.ts";
import { createModule } from "./harness.ts";
import { expressPlatform } from "./platforms.ts";
import { guardOptions, serve } from "./serve.ts";

@Controller("withdrawals")
class Withdrawals {
  @Post()
  @RequireAction("withdraw-funds")
  create(): void {}
}

const metadata = { controllers: [Withdrawals] };

describe("RequireActionModule", () => {
  it("serves modules that do not import it", async () => {
    const options = guardOptions();
    const { post } = await serve(
      expressPlatform,
      { imports: [RequireActionModule.forRoot(options), createModule(metadata)] },
      { options },
    );
    options.provider.answer("BLOCK");
    expect((await post("/withdrawals", {})).json.code).toBe("action_blocked");
  });

  it("takes options that other providers make", async () => {
    const options = guardOptions();
    class Settings {
      readonly actions = options;
    }
    Injectable()(Settings);
    const module = RequireActionModule.forRootAsync({
      imports: [createModule({ providers: [Settings], exports: [Settings] })],
      inject: [Settings],
      useFactory: async ({ actions }: Settings) => actions,
    });
    const { post } = await serve(expressPlatform, { ...metadata, imports: [module] }, { options });
    options.provider.answer("BLOCK");
    expect((await post("/withdrawals", {})).json.code).toBe("action_blocked");
  });

  it("takes a user resolver of the application's own", async () => {
    const options = { ...guardOptions(), user: () => "carol" };
    const { post } = await serve(expressPlatform, metadata, { options });
    await post("/withdrawals", {});
    expect(options.provider.calls[0]?.request.userId).toBe("carol");
  });

  it("lets any module inject the guard behind the routes, for what no route carries", async () => {
    class Payouts {
      constructor(readonly guard: ActionGuard) {}
    }
    Inject(ACTION_GUARD)(Payouts, undefined, 0);
    const payouts = createModule({ providers: [Payouts], exports: [Payouts] });
    const options = guardOptions();
    const { app } = await serve(
      expressPlatform,
      { ...metadata, imports: [RequireActionModule.forRoot(options), payouts] },
      { options },
    );
    const result = await app.get(Payouts).guard.run("pay-out", { user: "alice", bound: "none" }, () => "paid");
    expect(result).toMatchObject({ kind: "done", value: "paid" });
  });

  it("F31: stops the guard when the application closes, and has what is under way finish first", async () => {
    const { app } = await serve(expressPlatform, metadata);
    const guard = app.get<ActionGuard>(ACTION_GUARD);
    const call = { user: "alice", bound: "none" } as const;
    let finish = (): void => {};
    const running = guard.run("pay-out", call, () => new Promise<void>((resolve) => (finish = resolve)));
    await new Promise(setImmediate);
    let isClosed = false;
    const closed = app.close().then(() => (isClosed = true));
    while ((await guard.run("pay-out", call, () => {})).kind === "done") await new Promise(setImmediate);
    expect(isClosed).toBe(false);
    finish();
    await Promise.all([running, closed]);
  });

  it("lets an application close that has not started", async () => {
    const imports = [RequireActionModule.forRoot(guardOptions())];
    const app = await expressPlatform.create(createModule({ ...metadata, imports }), { parseBody: true });
    await expect(app.close()).resolves.toBeUndefined();
  });

  it("keeps an application with wrong options from starting", async () => {
    const options = { ...guardOptions(), sealSecrets: ["short"] };
    await expect(serve(expressPlatform, metadata, { options })).rejects.toThrow(
      expect.objectContaining({ name: "ConfigurationError", declaration: "RequireActionModule.forRoot" }),
    );
  });

  it.each([
    ["a request", { inject: [REQUEST], useFactory: (): NestGuardOptions => guardOptions() }],
    [
      "a provider that depends on one",
      {
        useClass: (() => {
          class PerRequest {
            create(): NestGuardOptions {
              return guardOptions();
            }
          }
          Injectable({ scope: Scope.REQUEST })(PerRequest);
          return PerRequest;
        })(),
      },
    ],
  ])(
    "T5: keeps options that depend on %s from starting, as each request would have a ledger",
    async (_name, options) => {
      const module = RequireActionModule.forRootAsync(options);
      await expect(serve(expressPlatform, { ...metadata, imports: [module] })).rejects.toThrow(
        "forRootAsync: must not depend on the request: resolvers receive it",
      );
    },
  );
});
