import { Controller, Injectable, Post, Scope } from "@nestjs/common";
import { REQUEST } from "@nestjs/core";
import { ConfigurationError } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { type NestGuardOptions, RequireAction, RequireActionModule } from "../src/index.ts";
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

  it("keeps an application with wrong options from starting", async () => {
    const options = { ...guardOptions(), sealSecrets: ["short"] };
    await expect(serve(expressPlatform, metadata, { options })).rejects.toThrow(ConfigurationError);
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
      await expect(serve(expressPlatform, { ...metadata, imports: [module] })).rejects.toThrow(/forRootAsync/);
    },
  );
});
