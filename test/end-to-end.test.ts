import { inFull } from "@require-action-test/support/full";
import type { CreateApp } from "@require-action-examples/bank";
import { createApp as createDecoratedApp } from "@require-action-examples/express-decorators";
import { createApp as createExpressApp } from "@require-action-examples/express-withdraw";
import { createApp as createFastifyApp } from "@require-action-examples/fastify-withdraw";
import { createApp as createHonoApp } from "@require-action-examples/hono-withdraw";
import { createApp as createKoaApp } from "@require-action-examples/koa-withdraw";
import { createApp as createNestApp } from "@require-action-examples/nestjs-withdraw";
import { expect, it, onTestFinished, vi } from "vitest";
import { describeBank, open } from "./bank-flows.ts";
import { embedded, served } from "./decision-settings.ts";

const frameworks: readonly { readonly framework: string; readonly createApp: CreateApp }[] = [
  { framework: "Express", createApp: createExpressApp },
  { framework: "Express with decorators", createApp: createDecoratedApp },
  { framework: "Koa", createApp: createKoaApp },
  { framework: "Fastify", createApp: createFastifyApp },
  { framework: "Hono", createApp: createHonoApp },
  { framework: "NestJS", createApp: createNestApp },
];
/**
 * With `TEST_FULL=1` every framework with the engine inside it, and one of each kind, Node's and the web's own requests, with a
 * served one; otherwise one framework walks every flow.
 */
const settings = [
  ...frameworks
    .filter(({ framework }) => inFull || framework === "Express")
    .map((framework) => ({ ...framework, ...embedded })),
  ...frameworks
    .filter(({ framework }) => inFull && (framework === "Koa" || framework === "Hono"))
    .map((framework) => ({ ...framework, ...served })),
];

it.each(frameworks)(
  "the example bank on $framework tells a client of a body that is no JSON",
  async ({ createApp }) => {
    // Koa prints what it answers.
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    const example = await embedded.start(createApp, {});
    open.push(() => example.close());
    onTestFinished(() => printed.mockRestore());
    for (const path of ["/session", "/withdrawals"]) {
      const headers = { "content-type": "application/json" };
      const { status } = await fetch(example.url + path, { method: "POST", headers, body: "{" });
      expect(status).toBe(400);
    }
  },
);

describeBank(settings);
