// Compiled by `npm run typecheck`, and not run.
import type { Guard } from "@require-action/core";
import { generateText, tool } from "ai";
import { generateText as generateText7, tool as tool7 } from "ai7";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { type AgentAnswer, guardExecute, type Inbox } from "../src/index.ts";

declare const guard: Guard<any>;
declare const inbox: Inbox;

const inputSchema = z.object({ amount: z.string(), urgent: z.boolean(), lines: z.array(z.string()).optional() });

/** The schema types the input, the input what is bound, and both majors take the tool. */
export function inferred(): void {
  const withdraw = tool({
    inputSchema,
    execute: guardExecute(guard, "withdraw-funds", async ({ bound, userId }, input) => {
      expectTypeOf(bound.amount).toEqualTypeOf<string>();
      expectTypeOf(bound.urgent).toEqualTypeOf<boolean>();
      expectTypeOf(bound.lines).toEqualTypeOf<undefined>();
      expectTypeOf(userId).toEqualTypeOf<string>();
      expectTypeOf(input.lines).toEqualTypeOf<string[] | undefined>();
      return { sent: bound.amount };
    }),
  });
  const withdraw7 = tool7({
    inputSchema,
    execute: guardExecute(
      guard,
      "withdraw-funds",
      { inbox, bind: ({ lines }) => ({ count: lines?.length ?? 0 }) },
      ({ bound }) => {
        expectTypeOf(bound).toEqualTypeOf<{ readonly count: number }>();
        // @ts-expect-error -- is not bound
        void bound.amount;
        return bound.count;
      },
    ),
  });
  void generateText({ model: "m", prompt: "", tools: { withdraw } }).then(({ staticToolResults: [result] }) =>
    expectTypeOf(result!.output).toEqualTypeOf<AgentAnswer | { sent: string }>(),
  );
  void generateText7({ model: "m", prompt: "", tools: { withdraw7 } });
  // @ts-expect-error -- no such option
  guardExecute(guard, "withdraw-funds", { inbx: inbox }, () => 1);
}
