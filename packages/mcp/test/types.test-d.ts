// Compiled by `npm run typecheck`, and not run.
import { McpServer } from "@modelcontextprotocol/server";
import type { Guard } from "@require-action/core";
import { expectTypeOf } from "vitest";
import { z } from "zod";
import { guardTool, type Inbox, type ToolContext } from "../src/index.ts";

declare const guard: Guard<any>;
declare const inbox: Inbox;

/** The schema types the arguments, and the arguments what is bound. */
export function inferred(): void {
  const server = new McpServer({ name: "bank", version: "1.0.0" });
  const inputSchema = z.object({ amount: z.string(), lines: z.array(z.string()) });
  server.registerTool(
    "withdraw",
    { inputSchema },
    guardTool(guard, "withdraw-funds", async ({ bound, userId }, args, context) => {
      expectTypeOf(bound.amount).toEqualTypeOf<string>();
      expectTypeOf(bound.lines).toEqualTypeOf<never>();
      expectTypeOf(userId).toEqualTypeOf<string>();
      expectTypeOf(args.lines).toEqualTypeOf<string[]>();
      expectTypeOf(context).toEqualTypeOf<ToolContext>();
      return { content: [] };
    }),
  );
  server.registerTool(
    "order",
    { inputSchema },
    guardTool(guard, "order", { inbox, bind: ({ lines }) => ({ count: lines.length }) }, ({ bound }) => {
      expectTypeOf(bound).toEqualTypeOf<{ readonly count: number }>();
      // @ts-expect-error -- is not bound
      void bound.amount;
      return { content: [] };
    }),
  );
  // @ts-expect-error -- no such option
  guardTool(guard, "withdraw-funds", { inbx: inbox }, () => ({ content: [] }));
  // @ts-expect-error -- no result of a tool
  guardTool(guard, "withdraw-funds", { inbox }, () => 7);
}
