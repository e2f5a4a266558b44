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
  type INestApplication,
  Injectable,
  type PipeTransform,
  Post,
  UseFilters,
  UseGuards,
} from "@nestjs/common";
import { ConfigurationError, errorCatalog } from "@require-action/core";
import { describe, expect, it, vi } from "vitest";
import { type Approved, ApprovedAction, RequireAction } from "../src/index.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";
import { serve } from "./serve.ts";

const transfer = RequireAction("transfer", { bind: async ({ body }) => ({ amount: String(body.amount) }) });

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

  @Post("transfer")
  @transfer
  transfer(@ApprovedAction(transfer) { bound, userId }: Approved<typeof transfer>): unknown {
    return { transferred: bound.amount, by: userId };
  }

  @Post("again")
  @transfer
  transferAgain(@ApprovedAction(transfer) { bound }: Approved<typeof transfer>): unknown {
    return { transferredAgain: bound.amount };
  }

  @Post("without-transfer")
  @RequireAction("transfer")
  withoutTransfer(@ApprovedAction(transfer) { bound }: Approved<typeof transfer>): unknown {
    return { transferred: bound.amount };
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

  it("hands a method what its decorator bound, and the same decorator guards several methods", async () => {
    const { post, approve } = await serve(platform, { controllers: [Withdrawals] });
    const token = { "action-token": await approve("/withdrawals/transfer", { amount: "100.00" }) };
    const { json } = await post("/withdrawals/transfer", { amount: "100.00" }, token);
    expect(json).toEqual({ transferred: "100.00", by: "alice" });
    expect((await post("/withdrawals/again", { amount: "2.00" })).json).toEqual({ transferredAgain: "2.00" });
  });

  it.each([
    ["unguarded", "an action"],
    ["other", "withdraw-funds"],
    ["without-transfer", "transfer"],
  ])("T14: gives no method an approved action that it has not (%s)", async (path, missing) => {
    const thrown: unknown[] = [];
    @Catch()
    class Reporter implements ExceptionFilter {
      catch(error: unknown, host: ArgumentsHost): void {
        thrown.push(error);
        host.switchToHttp().getResponse().status(500).send();
      }
    }
    const configure = (app: INestApplication) => void app.useGlobalFilters(new Reporter());
    const { post } = await serve(platform, { controllers: [Withdrawals] }, { configure });
    expect((await post(`/withdrawals/${path}`, {})).status).toBe(500);
    const message = expect.stringContaining(missing);
    expect(thrown).toEqual([expect.objectContaining({ code: "action_not_passed", message })]);
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
    expect({ status, json }).toEqual({
      status: 403,
      json: { statusCode: 403, code: "challenge_required", message: errorCatalog.challenge_required.title },
    });
    expect(caught.map(({ name }) => name)).toEqual(["ActionRefused"]);
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

  const replaceGuarded: MethodDecorator = (target, name, descriptor) => {
    const replacement = replace(target, name, descriptor) as TypedPropertyDescriptor<any>;
    UseGuards({ canActivate: () => true })(target, name, replacement);
    return replacement;
  };

  const replaceByGetter: MethodDecorator = (_target, _name, { value }) => ({ get: () => value!, configurable: true });

  it.each([
    ["a function", replace],
    ["a function with a guard of its own", replaceGuarded],
    ["a getter of the same function", replaceByGetter],
  ])("keeps the application from starting, as the guard went with the method: by %s", async (_what, replacing) => {
    // All that is decorated in a process has to be guarded, so each case has modules of its own.
    vi.resetModules();
    const fresh = await import("../src/index.ts");
    const { serve } = await import("./serve.ts");
    @Controller("replaced")
    class Replaced {
      @replacing
      @Post()
      @fresh.RequireAction("withdraw-funds")
      create(): void {}
    }
    await expect(serve(expressPlatform, { controllers: [Replaced] })).rejects.toThrow(
      "RequireAction: Replaced.create has lost its guard: put RequireAction above the decorator that replaces the method",
    );
  });

  it("keeps the application from starting when it takes the method away", async () => {
    vi.resetModules();
    const fresh = await import("../src/index.ts");
    const { serve } = await import("./serve.ts");
    @Controller("removed")
    class Removed {
      @Post()
      @fresh.RequireAction("withdraw-funds")
      create(): void {}
    }
    Reflect.deleteProperty(Removed.prototype, "create");
    await expect(serve(expressPlatform, { controllers: [Removed] })).rejects.toThrow(
      "Removed.create has lost its guard",
    );
  });
});
