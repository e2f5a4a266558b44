// Read by decorator.test.ts, which compiles it twice: for TC39 decorators and for legacy ones. Imports types only.
import type { NextFunction, Request, Response } from "express";
import type { ActionDecoratorFactory, approvedAction } from "../src/index.ts";

export interface Surroundings {
  readonly RequireAction: ActionDecoratorFactory;
  readonly approvedAction: typeof approvedAction;
}

interface Withdrawal {
  readonly amount: string;
}

/** A controller that the tests mount. */
export function createWithdrawals({ RequireAction, approvedAction }: Surroundings) {
  class Withdrawals {
    readonly sent: unknown[] = [];

    @RequireAction("withdraw-funds", { bind: (req) => ({ amount: req.body.amount }) })
    async create(req: Request<object, unknown, Withdrawal>, res: Response) {
      this.sent.push(approvedAction(req)?.bound?.["amount"]);
      res.json({ sent: this.sent });
    }

    @RequireAction("change-account")
    @RequireAction("withdraw-funds")
    createBoth(_req: Request, res: Response): void {
      res.json({});
    }

    @RequireAction("withdraw-funds")
    throwNow(): void {
      throw new Error("failed now");
    }

    @RequireAction("withdraw-funds")
    async throwLater(_req: Request, _res: Response, _next: NextFunction): Promise<void> {
      throw new Error("failed later");
    }

    @RequireAction("withdraw-funds")
    throwNothing(): Promise<void> {
      return Promise.reject();
    }

    @RequireAction("withdraw-funds")
    static close(_req: Request, res: Response): void {
      res.json({ closed: this.name });
    }
  }
  return { Withdrawals, withdrawals: new Withdrawals() };
}

/** What the types refuse. */
export function defineMistyped({ RequireAction }: Surroundings): unknown {
  class Withdrawals {
    // @ts-expect-error -- a handler takes a request
    @RequireAction("withdraw-funds")
    create(amount: string): string {
      return amount;
    }

    // @ts-expect-error -- not an option
    @RequireAction("withdraw-funds", { binds: () => ({}) })
    cancel(): void {}
  }
  return Withdrawals;
}

/** Classes that must not come to be, as what they decorate would stay unguarded. */
export const misuses: Readonly<Record<string, (decorate: any) => unknown>> = {
  field(decorate) {
    class Withdrawals {
      @decorate create = (): void => {};
    }
    return Withdrawals;
  },
  getter(decorate) {
    class Withdrawals {
      @decorate get create(): () => void {
        return () => {};
      }
    }
    return Withdrawals;
  },
  class(decorate) {
    @decorate
    class Withdrawals {
      create(): void {}
    }
    return Withdrawals;
  },
};
