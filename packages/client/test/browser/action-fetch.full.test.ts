import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { startBackend } from "../backend.ts";
import { describeInChromium, outcomesOf, type World } from "./chromium.ts";

describeInChromium("the fetch, with a UI of the application's own", "app.ts", (world) => {
  const open = (): Promise<Page> => world.open("/?present=headless");

  it("repeats the same request once, as a form too", async () => {
    const page = await open();
    await page.click("#upload");
    await complete(world, page);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    const [first, second, ...others] = world.backend.received("/uploads");
    expect(others).toEqual([]);
    expect(first?.body).toContain("\x00\x80\xff");
    const { "action-token": token, ...headers } = second?.headers ?? {};
    expect(token).toBe(second?.token);
    expect({ ...second, headers, token: undefined }).toEqual(first);
  });

  it("has a double click share one challenge and one run", async () => {
    const page = await open();
    await page.dblclick("#withdraw");
    await expect.poll(() => world.backend.received("/withdrawals").length).toBe(2);
    await complete(world, page);
    expect(await outcomesOf(page, 2)).toMatchObject([
      { status: 201, body: { ran: 1 } },
      { status: 201, body: { ran: 1 } },
    ]);
    expect(world.backend.ran).toHaveLength(1);
    expect(await page.evaluate(() => window.challenges.current())).toBeUndefined();
  });

  it("does not run what was reloaded in the middle, and starts anew", async () => {
    const page = await open();
    await page.click("#withdraw");
    await page.waitForFunction(() => window.challenges.current());
    await page.reload();
    await page.click("#withdraw");
    await complete(world, page);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(world.backend.ran).toHaveLength(1);
  });

  it("keeps the approval of a user who is offline in the middle", async () => {
    const page = await open();
    await page.click("#withdraw");
    await page.waitForFunction(() => window.challenges.current());
    await world.context.setOffline(true);
    await complete(world, page);
    expect(await outcomesOf(page)).toEqual([{ code: "repeat_failed" }]);
    await world.context.setOffline(false);
    await page.evaluate(() => window.repeatLost());
    expect(await outcomesOf(page, 2)).toMatchObject([{}, { status: 201 }]);
    expect(world.backend.ran).toHaveLength(1);
  });

  it("is told that a request ran whose reply was lost, and does not run it again", async () => {
    const page = await open();
    await page.evaluate(() => void window.send("/lost"));
    await complete(world, page);
    expect(await outcomesOf(page)).toEqual([{ code: "repeat_failed" }]);
    await page.evaluate(() => window.repeatLost());
    expect(await outcomesOf(page, 2)).toMatchObject([{}, { status: 409, body: { code: "action_token_used" } }]);
    expect(world.backend.ran).toHaveLength(1);
  });

  it("takes the challenge away when it expires while it is open", async () => {
    const page = await open();
    await page.click("#short");
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_expired" }]);
    expect(await page.evaluate(() => window.challenges.current())).toBeUndefined();
  });

  it("T38: does not follow a redirect with the token", async () => {
    const page = await open();
    await page.evaluate(() => void window.send("/leaving"));
    await complete(world, page);
    expect(await outcomesOf(page)).toEqual([{ code: "reply_redirected" }]);
    expect(world.backend.received("/leak")).toEqual([]);
  });

  it.each([
    ["content-type", "token_header_refused"],
    ["content-type, action-token", undefined],
  ])("C67: is told whether CORS allows the token to an API of another origin: %s", async (allowedHeaders, code) => {
    const api = await startBackend({}, { allowedHeaders });
    try {
      const page = await open();
      await page.evaluate((url) => void window.send(url), `${api.origin}/payouts`);
      await complete({ ...world, backend: api }, page);
      expect(await outcomesOf(page)).toEqual([
        code === undefined ? expect.objectContaining({ status: 201 }) : { code },
      ]);
      expect(api.ran).toHaveLength(code === undefined ? 1 : 0);
    } finally {
      await api.close();
    }
  });

  it("refuses a stream before it sends anything", async () => {
    const page = await open();
    await page.evaluate(() => {
      const init: RequestInit & { duplex: "half" } = { method: "POST", body: new Blob(["x"]).stream(), duplex: "half" };
      return window.send("/uploads", init);
    });
    expect(await outcomesOf(page)).toEqual([{ code: "stream_body" }]);
    expect(world.backend.received("/uploads")).toEqual([]);
  });
});

/** Completes the challenge that the page shows, as the application's own UI would. */
async function complete({ backend }: World, page: Page): Promise<void> {
  await page.waitForFunction(() => window.challenges.current());
  const token = await page.evaluate(() => window.challenges.current()?.prompt.token ?? "");
  const result = backend.complete(token);
  await page.evaluate((result) => window.challenges.current()?.complete(result), result);
}
