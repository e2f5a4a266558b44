import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import type { UseServerAction } from "../../src/react.ts";
import { describeInChromium } from "./chromium.ts";

type Action = UseServerAction<[{ readonly amount?: string }], { readonly ran: number }>;

describeInChromium("React's hook for server actions, in strict mode", "server-action.tsx", (world) => {
  /** Begins runs in the same breath, one for each amount. */
  const run = (page: Page, ...amounts: readonly (string | undefined)[]): Promise<void> =>
    page.evaluate((amounts) => {
      const { action } = window as unknown as { readonly action: Action };
      const runs = amounts.map((amount) => action.run(amount === undefined ? {} : { amount }));
      Object.assign(window, { runs: Promise.all(runs) });
    }, amounts);
  const results = (page: Page): Promise<unknown> =>
    page.evaluate(() => (window as unknown as { readonly runs: Promise<unknown> }).runs);
  const statusIs = (page: Page, status: string): Promise<unknown> =>
    page.waitForFunction((status) => document.querySelector("#status")?.textContent === status, status);

  async function complete(page: Page): Promise<void> {
    await page.waitForSelector("#challenge");
    const token = world.backend.complete((await page.textContent("#challenge")) ?? "");
    await page.evaluate((token) => window.challenges.current()?.complete(token), token);
  }

  it("presents what the action asks for, and calls it once more with the approval and the same arguments", async () => {
    const page = await world.open("/");
    // The second call, with other arguments, joins the run under way.
    await run(page, "100", "999");
    await complete(page);
    const done = { kind: "done", value: { ran: 1 } };
    expect(await results(page)).toEqual([done, done]);
    await statusIs(page, "done");
    expect(JSON.parse((await page.textContent("#result")) ?? "")).toEqual(done);
    expect(world.backend.ran).toEqual([{ amount: "100" }]);
    expect(world.backend.received("/server-action")).toHaveLength(2);
  });

  it("hands over refusals as they are, and can be cancelled and run again", async () => {
    const page = await world.open("/");
    await run(page, undefined);
    expect(await results(page)).toMatchObject([{ kind: "refused", code: "bound_field_missing", status: 400 }]);
    await run(page, "100");
    await page.waitForSelector("#challenge");
    await page.evaluate(() => (window as unknown as { readonly action: Action }).action.cancel());
    await statusIs(page, "cancelled");
    await run(page, "200");
    await complete(page);
    await statusIs(page, "done");
    expect(world.backend.ran).toEqual([{ amount: "200" }]);
  });

  it("waits for a review", async () => {
    world.backend.provider.answerNext("REVIEW_REQUIRED");
    const page = await world.open("/");
    await run(page, "100");
    await statusIs(page, "review");
    const [result] = (await results(page)) as [{ readonly idempotencyKey: string }];
    world.backend.provider.review(result.idempotencyKey, "approve");
    await page.clock.install();
    await page.evaluate(() => void (window as unknown as { readonly action: Action }).action.waitForReview());
    await page.clock.fastForward(60_000);
    await statusIs(page, "done");
    expect(JSON.parse((await page.textContent("#result")) ?? "")).toEqual({ kind: "done", value: { ran: 1 } });
  });

  it("does not leave the page for a challenge, as nothing could call the action again", async () => {
    const page = await world.open("/?leaves");
    await run(page, "100");
    await statusIs(page, "failed");
    expect(await page.textContent("#error")).toContain("request_sensitive");
  });
});
