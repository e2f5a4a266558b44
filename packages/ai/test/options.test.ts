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

it.each([
  [() => guardExecute(guard, "withdraw funds", () => 1), /guardExecute: action/],
  [() => guardExecute(guard, "withdraw-funds", undefined as never), /guardExecute: execute/],
  [() => guardExecute(guard, "withdraw-funds", { inbox }, undefined as never), /guardExecute: execute/],
  [() => guardExecute(guard, "withdraw-funds", { user: "alice" as never }, () => 1), /guardExecute: user/],
])("refuses what is no action, execute or user: %s", (declare, message) => {
  expect(declare).toThrow(message);
});
