import { Injectable } from "@nestjs/common";
import { ExternalContextCreator } from "@nestjs/core";
import { ConfigurationError } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { RequireAction } from "../src/index.ts";
import { expressPlatform } from "./platforms.ts";
import { serve } from "./serve.ts";

let runs = 0;

@Injectable()
class Withdrawals {
  @RequireAction("withdraw-funds", { user: () => "alice" })
  create(): void {
    runs++;
  }
}

describe("RequireAction off HTTP", () => {
  it.each(["graphql", "rpc", "ws"])("T50: runs no method that is reached by %s", async (type) => {
    const { app, provider } = await serve(expressPlatform, { providers: [Withdrawals] });
    const resolver = app.get(Withdrawals);
    // As @nestjs/graphql and the like call methods; the arguments look like a request to be found, were it believed.
    const call = app
      .get(ExternalContextCreator)
      .create(resolver, resolver.create, "create", undefined, undefined, undefined, undefined, undefined, type);
    const request = { method: "POST", originalUrl: "/", headers: {}, user: { id: "alice" } };
    const reached = call(request, {}, {}, {});
    await expect(reached).rejects.toThrow(ConfigurationError);
    await expect(reached).rejects.toMatchObject({ option: "RequireAction" });
    await expect(reached).rejects.toThrow(`guards HTTP routes only, and this handler is reached by ${type}`);
    expect(provider.calls).toEqual([]);
    expect(runs).toBe(0);
  });
});
