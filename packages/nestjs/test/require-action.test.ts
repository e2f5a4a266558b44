import { inspect } from "node:util";
import {
  type ArgumentsHost,
  Body,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  HttpException,
  Injectable,
  type PipeTransform,
  Post,
  UseFilters,
  UseGuards,
} from "@nestjs/common";
import { ConfigurationError } from "@require-action/core";
import { describe, expect, it } from "vitest";
import { ApprovedAction, RequireAction } from "../src/index.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";
import { guardOptions, serve } from "./serve.ts";

@Controller("withdrawals")
class Withdrawals {
  @Post()
  @RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: body.amount }) })
  create(@ApprovedAction() { bound }: ApprovedAction): unknown {
    return bound;
  }

  @Post("both")
  @RequireAction("change-account")
  @RequireAction("withdraw-funds")
  createBoth(@ApprovedAction("change-account") { action }: ApprovedAction): unknown {
    return { action };
  }

  @Post("unguarded")
  createUnguarded(@ApprovedAction() approved: ApprovedAction): unknown {
    return approved;
  }

  @Post("other")
  @RequireAction("change-account")
  createOther(@ApprovedAction("withdraw-funds") approved: ApprovedAction): unknown {
    return approved;
  }
}

describe.each([expressPlatform, fastifyPlatform])("RequireAction on $name", (platform) => {
  it("runs the method once its action is approved, and hands it what was approved", async () => {
    const { post, approve } = await serve(platform, { controllers: [Withdrawals] });
    const token = { "action-token": await approve("/withdrawals", { amount: "100.00" }) };
    const changed = await post("/withdrawals", { amount: "9999.00" }, token);
    expect(changed.json.code).toBe("action_parameters_changed");
    expect((await post("/withdrawals", { amount: "100.00" }, token)).json).toEqual({ amount: "100.00" });
  });

  it("T13: asks for both actions where a method has two", async () => {
    const { provider, post } = await serve(platform, { controllers: [Withdrawals] });
    for (const [blocked, status] of [
      ["change-account", 403],
      ["withdraw-funds", 403],
      ["neither", 201],
    ] as const) {
      provider.answer(({ action }) => (action === blocked ? "BLOCK" : "ALLOW"));
      expect((await post("/withdrawals/both", {})).status).toBe(status);
    }
  });

  it.each(["unguarded", "other"])("T14: gives no method an approved action that it has not (%s)", async (path) => {
    const { post } = await serve(platform, { controllers: [Withdrawals] });
    expect((await post(`/withdrawals/${path}`, {})).status).toBe(500);
  });

  it("guards every method of a controller that it decorates", async () => {
    @RequireAction("withdraw-funds")
    @Controller("accounts")
    class Accounts {
      @Post("open")
      open(): void {}

      @Post("close")
      close(): void {}
    }
    const { provider, post } = await serve(platform, { controllers: [Accounts] });
    provider.answer("BLOCK");
    for (const path of ["/accounts/open", "/accounts/close"]) {
      expect((await post(path, {})).json.code).toBe("action_blocked");
    }
  });

  it("T4: binds the body as the client sent it, as guards come before pipes", async () => {
    const toCents: PipeTransform = { transform: ({ amount }) => ({ cents: Math.round(Number(amount) * 100) }) };
    @Controller("withdrawals")
    class InCents {
      @Post()
      @RequireAction("withdraw-funds", { bind: ({ body }) => ({ amount: body.amount }) })
      create(@Body(toCents) body: object, @ApprovedAction() { bound }: ApprovedAction): unknown {
        return { body, bound };
      }
    }
    const { post, approve } = await serve(platform, { controllers: [InCents] });
    const token = { "action-token": await approve("/withdrawals", { amount: "1.00" }) };
    // Equal to the pipe, but not what was approved.
    expect((await post("/withdrawals", { amount: "1.0" }, token)).json.code).toBe("action_parameters_changed");
    const { json } = await post("/withdrawals", { amount: "1.00" }, token);
    expect(json).toEqual({ body: { cents: 100 }, bound: { amount: "1.00" } });
  });

  it("refuses a field of a wrong type itself, as no pipe has validated it", async () => {
    const { post } = await serve(platform, { controllers: [Withdrawals] });
    expect((await post("/withdrawals", { amount: { $gt: 0 } })).json.code).toBe("bound_field_invalid");
  });

  it("comes after the sign-in guard below it, and denies where it comes first", async () => {
    @Injectable()
    class SignIn implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        context.switchToHttp().getRequest().user = { id: "bob" };
        return true;
      }
    }
    @Controller()
    class Ordered {
      @Post("above")
      @RequireAction("withdraw-funds")
      @UseGuards(SignIn)
      above(): void {}

      @Post("below")
      @UseGuards(SignIn)
      @RequireAction("withdraw-funds")
      below(): void {}
    }
    const { post } = await serve(platform, { controllers: [Ordered] });
    expect((await post("/above", {}, { "x-test-user": "" })).status).toBe(201);
    expect((await post("/below", {}, { "x-test-user": "" })).json.code).toBe("authentication_required");
  });

  it("answers its own refusals, past the application's filters", async () => {
    @Catch()
    class CatchAll implements ExceptionFilter {
      catch(): never {
        return expect.unreachable("a refusal is no failure of the application");
      }
    }
    const { provider, post } = await serve(
      platform,
      { controllers: [Withdrawals] },
      { configure: (app) => app.useGlobalFilters(new CatchAll()) },
    );
    provider.answer("BLOCK");
    expect((await post("/withdrawals", { amount: "1.00" })).json.code).toBe("action_blocked");
  });

  it("T33: shows no token of a challenge to a filter that is nearer to the method", async () => {
    const caught: HttpException[] = [];
    @Catch()
    class Nearer implements ExceptionFilter {
      catch(exception: HttpException, host: ArgumentsHost): void {
        caught.push(exception);
        const response = host.switchToHttp().getResponse();
        response.status(exception.getStatus()).send(exception.getResponse());
      }
    }
    @Controller("withdrawals")
    class Filtered {
      @Post()
      @UseFilters(Nearer)
      @RequireAction("withdraw-funds")
      create(): void {}
    }
    const { provider, post } = await serve(platform, { controllers: [Filtered] });
    provider.answer("CHALLENGE_REQUIRED");
    const { status, json } = await post("/withdrawals", {});
    expect({ status, code: json.code }).toEqual({ status: 403, code: "challenge_required" });
    const shown = inspect(caught, { depth: 10, showHidden: true }) + JSON.stringify(caught) + JSON.stringify(json);
    expect(shown).not.toMatch(/token-1/);
  });
});

describe("RequireAction", () => {
  it("keeps an application with wrong options of an action from starting", async () => {
    @Controller()
    class Mistaken {
      @Post()
      @RequireAction("withdraw funds")
      create(): void {}
    }
    await expect(serve(expressPlatform, { controllers: [Mistaken] })).rejects.toThrow(ConfigurationError);
  });

  it("keeps an application without the module from starting", async () => {
    await expect(serve(expressPlatform, { controllers: [Withdrawals], imports: [] })).rejects.toThrow(/ACTION_GUARD/);
  });
});

describe("a decorator above RequireAction that replaces the method", () => {
  const replace: MethodDecorator = (_target, _name, descriptor) => ({ ...descriptor, value: (() => {}) as never });

  it("keeps the application from starting, as the guard went with the method", async () => {
    @Controller("replaced")
    class Replaced {
      @Post()
      @replace
      @RequireAction("withdraw-funds")
      create(): void {}
    }
    await expect(serve(expressPlatform, { controllers: [Replaced] }, { options: guardOptions() })).rejects.toThrow(
      /Replaced\.create has lost its guard/,
    );
  });
});
