import { createGuard, createMemoryLedger } from "@require-action/core";
import { createScriptedProvider } from "@require-action/testing";
import { expect, it } from "vitest";
import { guardExecute } from "../src/index.ts";
import { bankTools, inbox } from "./example.ts";

const provider = createScriptedProvider();
const guard = createGuard<any>({
  provider,
  user: () => undefined,
  sealSecrets: ["a secret of at least thirty-two bytes"],
  ledger: createMemoryLedger(),
});

const options = { toolCallId: "call-1", messages: [], experimental_context: { user: { id: "alice" } } };

it("the README's example asks for an approval, and runs", async () => {
  provider.answer("CHALLENGE_REQUIRED");
  const { withdraw } = bankTools(guard, (...payment) => payment.join(" "));
  const call = (): unknown => withdraw!.execute!({ amount: "1.00", payee: "bob" }, options);
  const answer = (await call()) as { readonly matchingNumber: string };
  const [open] = await inbox.open("alice");
  const { token, ticket } = (await inbox.match("alice", open!.id, answer.matchingNumber))!;
  await inbox.complete("alice", ticket, provider.completeChallenge(token!, { verificationMethod: "PASSKEY" }));
  expect(await call()).toBe("alice 1.00 bob");
});

it.each<[what: string, input: any, bind?: any]>([
  ["no input", null],
  ["an input without what bind reads", {}, ({ amount }: { amount: string }) => ({ amount: amount.trim() })],
  ["an input without what an asynchronous bind reads", {}, async ({ amount }: any) => ({ amount: amount.trim() })],
])("refuses %s, which an SDK that has validated it does not hand over", async (_what, input, bind) => {
  const execute = guardExecute(guard, "withdraw-funds", { inbox, ...(bind && { bind }) }, () => "sent");
  expect(await execute(input, options)).toMatchObject({ status: "refused", code: "request_unresolvable" });
});

it.each<[what: string, input: any]>([
  ["a map", new Map([["amount", "1.00"]])],
  ["a date", new Date(0)],
  ["a number", 1],
  ["a flag", true],
  ["a list", []],
  ["a function", () => "1.00"],
  [
    "an instance",
    new (class {
      readonly #amount = "1.00";
      readonly payee = "bob";
      total(): string {
        return this.#amount;
      }
    })(),
  ],
])("T4: refuses %s, of which no approval would say all", async (_what, input) => {
  provider.answer("CHALLENGE_REQUIRED");
  const tracked = provider.calls.length;
  const execute = guardExecute(guard, "withdraw-funds", { inbox }, () => "sent");
  expect(await execute(input, options)).toMatchObject({ status: "refused", code: "request_unresolvable" });
  expect(provider.calls).toHaveLength(tracked);
});

it("asks for the approval of what an asynchronous bind makes of the input", async () => {
  provider.answer("CHALLENGE_REQUIRED");
  const bind: any = async ({ id }: { id: string }) => ({ id });
  const execute = guardExecute(guard, "withdraw-funds", { inbox, bind }, () => "sent");
  expect(await execute({ id: "7" }, options)).toMatchObject({ status: "approval_required" });
});

it.each(["user", "session", "attributes", "clientContext"])(
  "says nothing to the model of why the resolver %s failed",
  async (name) => {
    const cause = new Error("connect ECONNREFUSED 10.0.0.5:5432");
    const failing = { inbox, [name]: async () => Promise.reject(cause) };
    const execute = guardExecute(guard, "withdraw-funds", failing, () => "sent");
    const failure = await Promise.resolve(execute({ amount: "1.00" }, options)).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "resolver_failed", cause });
    expect(String(failure)).not.toContain("10.0.0.5");
  },
);

it.each([
  [() => guardExecute(guard, "withdraw funds", () => 1), /guardExecute: action/],
  [() => guardExecute(guard, "withdraw-funds", undefined as never), /guardExecute: execute/],
  [() => guardExecute(guard, "withdraw-funds", { inbox }, undefined as never), /guardExecute: execute/],
  [() => guardExecute(guard, "withdraw-funds", { user: "alice" as never }, () => 1), /guardExecute: user/],
])("refuses what is no action, execute or user: %s", (declare, message) => {
  expect(declare).toThrow(message);
});
