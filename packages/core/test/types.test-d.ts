// Compiled by `npm run typecheck`, and not run.
import { expectTypeOf } from "vitest";
import type {
  ActionOptions,
  Approved,
  ApprovedAction,
  BoundFields,
  BoundValue,
  createGuard,
  Guard,
  GuardOptions,
  PassedAction,
} from "../src/index.ts";
import type { ActionCall, GuardedAction, OffHttpGuard } from "../src/off-http.ts";
import type { Native } from "./harness.ts";

declare const guard: Guard<Native>;
declare const req: Native;

/** What `approved(req).bound` is of a route. */
function fieldTypes(): void {
  const { bound } = guard
    .protect("withdraw-funds", {
      bind: ({ body }) => ({
        amount: String(body.amount),
        cents: Number(body.cents),
        isUrgent: body.urgent === true,
        whatever: body.whatever,
        account: body.account as string | null | undefined,
        page: body.page as string | string[] | undefined,
        unknown: body.unknown as unknown,
        currency: body.currency as "EUR" | "USD",
      }),
    })
    .approved(req);
  expectTypeOf(bound).toEqualTypeOf<{
    readonly amount: string;
    readonly cents: number;
    readonly isUrgent: boolean;
    readonly whatever: BoundValue;
    readonly account: string;
    readonly page: string;
    readonly unknown: BoundValue;
    readonly currency: "EUR" | "USD";
  }>();
  // @ts-expect-error -- bound fields are frozen
  bound.amount = "2.00";
  // @ts-expect-error -- no such field
  void bound.amuont;
}

/** A record of an interface, a union of records, and records that say nothing. */
function recordTypes(): void {
  interface Transfer {
    amount: string;
    memo?: string | null;
  }
  const transfer = guard.protect("transfer", { bind: ({ body }): Transfer => body });
  // A field that is not there is not bound.
  expectTypeOf(transfer.approved(req).bound).toEqualTypeOf<{ readonly amount: string; readonly memo?: string }>();
  expectTypeOf(transfer.approved(req)).toExtend<ApprovedAction>();
  expectTypeOf<Approved<typeof transfer>>().toEqualTypeOf(transfer.approved(req));

  const eitherWay = guard.protect("pay", {
    bind: ({ body }) =>
      body.iban === undefined
        ? { kind: "card" as const, card: String(body.card) }
        : { kind: "iban" as const, iban: String(body.iban) },
  });
  const { bound } = eitherWay.approved(req);
  if (bound.kind === "card") expectTypeOf(bound.card).toBeString();
  else expectTypeOf(bound.iban).toBeString();

  const anything = guard.protect("pay", { bind: ({ body }) => body });
  expectTypeOf(anything.approved(req).bound).toEqualTypeOf<BoundFields>();
  const record = guard.protect("pay", { bind: ({ body }): Record<string, unknown> => body });
  expectTypeOf(record.approved(req).bound).toExtend<BoundFields>();
}

function asyncBind(): void {
  const route = guard.protect("withdraw-funds", { bind: async ({ body }) => ({ amount: String(body.amount) }) });
  expectTypeOf(route.approved(req).bound.amount).toBeString();
  expectTypeOf(route.approved(req).userId).toBeString();
}

function withoutBind(): void {
  for (const route of [
    guard.protect("withdraw-funds"),
    guard.protect("withdraw-funds", {}),
    guard.protect("withdraw-funds", { maxAge: 60 }),
    guard.protect("withdraw-funds", { bind: "none" }),
  ]) {
    expectTypeOf(route.approved(req)).toEqualTypeOf<PassedAction<string>>();
    // @ts-expect-error -- no field is bound
    void route.approved(req).bound;
  }
}

/** Where a request may pass without being decided, nothing is sure. */
function uncertain(): void {
  const bind = ({ body }: Native) => ({ amount: String(body.amount) });
  for (const route of [
    guard.protect("withdraw-funds", { bind, when: ({ body }) => Number(body.amount) > 100 }),
    guard.protect("withdraw-funds", { bind, when: async () => false }),
    guard.protect("withdraw-funds", { bind, observe: true }),
  ]) {
    expectTypeOf(route.approved(req).bound).toEqualTypeOf<{ readonly amount: string } | undefined>();
    expectTypeOf(route.approved(req).userId).toEqualTypeOf<string | undefined>();
  }
  expectTypeOf(guard.protect("pay", { bind, observe: false }).approved(req).bound.amount).toBeString();
  // Options from elsewhere, of which only the type is known.
  const options = {} as ActionOptions<Native>;
  expectTypeOf(guard.protect("pay", options).approved(req).bound).toEqualTypeOf<
    Readonly<Record<string, BoundValue>> | undefined
  >();
}

/** What the guard would refuse does not compile. */
function unbindable(): void {
  // @ts-expect-error -- a nested object
  guard.protect("pay", { bind: () => ({ amount: "1.00", payee: { iban: "DE02120300000000202051" } }) });
  // @ts-expect-error -- a list
  guard.protect("pay", { bind: () => ({ amount: "1.00", payees: ["DE02120300000000202051"] }) });
  // @ts-expect-error -- a nested object that may be missing
  guard.protect("pay", { bind: ({ body }) => ({ payee: body.payee as { iban: string } | undefined }) });
  // @ts-expect-error -- a nested object, asynchronously
  guard.protect("pay", { bind: async () => ({ payee: { iban: "DE02120300000000202051" } }) });
  // @ts-expect-error -- a bigint
  guard.protect("pay", { bind: () => ({ cents: 100n }) });
  // @ts-expect-error -- a date
  guard.protect("pay", { bind: () => ({ due: new Date(0) }) });
  // @ts-expect-error -- nothing that could be bound
  guard.protect("pay", { bind: () => ({ amount: undefined }) });
  // @ts-expect-error -- a list instead of a record
  guard.protect("pay", { bind: () => ["1.00"] });
  // @ts-expect-error -- a text instead of a record
  guard.protect("pay", { bind: () => "1.00" });
  // @ts-expect-error -- nothing
  guard.protect("pay", { bind: () => undefined });
  // @ts-expect-error -- an option that does not exist
  guard.protect("pay", { binds: () => ({ amount: "1.00" }) });
  // @ts-expect-error -- a word that does not exist
  guard.protect("pay", { bind: "nothing" });
}

async function offHttp(): Promise<void> {
  const call = { user: "alice", bound: { amount: "1.00", cents: 100 } };
  const result = await guard.run("withdraw-funds", call, ({ bound, userId }) => {
    expectTypeOf(bound).toEqualTypeOf<{ readonly amount: string; readonly cents: number }>();
    expectTypeOf(userId).toBeString();
    return 1;
  });
  if (result.kind === "done") {
    expectTypeOf(result.value).toBeNumber();
    expectTypeOf(result.approved.bound.amount).toBeString();
  }
  const unbound = await guard.run("close-account", { user: "alice", bound: "none" }, (approved) => approved);
  if (unbound.kind === "done") {
    expectTypeOf(unbound.value).toEqualTypeOf<PassedAction<string>>();
    // @ts-expect-error -- no field is bound
    void unbound.approved.bound;
  }
  // @ts-expect-error -- a nested object
  void guard.run("withdraw-funds", { user: "alice", bound: { payee: { iban: "DE" } } }, () => {});
  // @ts-expect-error -- a list
  void guard.run("withdraw-funds", { user: "alice", bound: ["1.00"] }, () => {});
  await guard.run("withdraw-funds", {} as ActionCall, ({ bound }) => {
    expectTypeOf(bound).toEqualTypeOf<Readonly<Record<string, BoundValue>> | undefined>();
  });
  await guard.run("withdraw-funds", { user: "alice", bound: {} as any }, ({ bound }) => {
    expectTypeOf(bound).toEqualTypeOf<BoundFields>();
  });

  await guard.action("withdraw-funds", { maxAge: 60 }).run(call, ({ bound }) => {
    expectTypeOf(bound.amount).toBeString();
  });
  await guard.action("withdraw-funds", { observe: true }).run(call, ({ bound, userId }) => {
    expectTypeOf(bound).toEqualTypeOf<{ readonly amount: string; readonly cents: number } | undefined>();
    expectTypeOf(userId).toEqualTypeOf<string | undefined>();
  });
  expectTypeOf(guard.action("withdraw-funds")).toExtend<GuardedAction>();
}

/** A guard that was told of no user is for calls off HTTP, whose fields may be read by a function. */
async function withoutUser(create: typeof createGuard, options: Omit<GuardOptions<Native>, "user">): Promise<void> {
  const offHttpGuard = create(options);
  expectTypeOf(offHttpGuard).toEqualTypeOf<OffHttpGuard>();
  // @ts-expect-error -- nothing says who is signed in on a route
  offHttpGuard.protect("withdraw-funds");
  const bound = async () => ({ amount: "1.00" });
  await offHttpGuard.run("withdraw-funds", { user: "alice", bound }, (approved) => {
    expectTypeOf(approved.bound).toEqualTypeOf<{ readonly amount: string }>();
  });
}

export const types = [fieldTypes, recordTypes, asyncBind, withoutBind, uncertain, unbindable, offHttp, withoutUser];
