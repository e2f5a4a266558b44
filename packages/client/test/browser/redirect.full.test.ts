import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { testToken } from "../test-token.ts";
import { describeInChromium, outcomesOf } from "./chromium.ts";

describeInChromium("the redirect to the challenge and back", "app.ts", (world) => {
  const sent = (): number => world.backend.received("/withdrawals").length;
  const stored = (page: Page): Promise<string> => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  const RETURNED = /\/return$/;

  /** Opens the application and leaves it for the challenge. */
  async function leave(button = "#withdraw"): Promise<Page> {
    const page = await world.open("/");
    await page.click(button);
    await page.waitForSelector("#approve");
    return page;
  }

  /** Completes the challenge and comes back. */
  async function approve(page: Page): Promise<void> {
    await page.click("#approve");
    await page.waitForURL(RETURNED);
  }

  /** Completes the challenge without leaving its page, and answers where it would return to. */
  async function approvedReturn(page: Page): Promise<string> {
    const query = new URL(page.url()).searchParams;
    const back = new URL(query.get("redirectUrl") ?? "");
    back.searchParams.set("token", world.backend.complete(query.get("token") ?? ""));
    return back.href;
  }

  it("repeats the request that waited, byte for byte, and takes the token from the address", async () => {
    const page = await leave("#upload");
    await approve(page);
    expect(await outcomesOf(page)).toMatchObject([{ action: "withdraw-funds", status: 201 }]);
    const [first, second, ...others] = world.backend.received("/uploads");
    expect(others).toEqual([]);
    expect(first?.body).toContain("\x00\x80\xff");
    expect(second?.body).toBe(first?.body);
    expect(second?.headers["content-type"]).toBe(first?.headers["content-type"]);
    expect(page.url()).toBe(`${world.backend.origin}/return`);
    expect(await stored(page)).toBe("{}");
  });

  it.each([
    ["?sig=a%20b~c%2Bd&token=TOKEN", "?sig=a%20b~c%2Bd"],
    ["?flag&token=TOKEN&x=1", "?flag&x=1"],
    ["?next=a/b:c&&d&tok%65n=TOKEN#here", "?next=a/b:c&&d#here"],
    ["?token=TOKEN#here", "#here"],
  ])("C42: takes the token out of %s, and leaves what else is there as it is written", async (query, expected) => {
    const page = await leave();
    const back = new URL(await approvedReturn(page));
    const token = back.searchParams.get("token") ?? "";
    await page.goto(`${back.origin}${back.pathname}${query.replace("TOKEN", token)}`);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(page.url()).toBe(`${world.backend.origin}/return${expected}`);
  });

  it("works with tokens that name nothing, too", async () => {
    world.backend.tokensNameKey = false;
    const page = await leave();
    await approve(page);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
  });

  it("repeats nothing after a reload of the page", async () => {
    const page = await leave();
    await approve(page);
    await outcomesOf(page);
    await page.reload();
    expect(await outcomesOf(page)).toEqual([{ code: "nothing_resumed" }]);
    expect(world.backend.ran).toHaveLength(1);
    expect(sent()).toBe(2);
  });

  it("survives a reload of the challenge in the middle", async () => {
    const page = await leave();
    await page.reload();
    await approve(page);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
  });

  it("repeats nothing when the back button leads to the challenge again", async () => {
    const page = await leave();
    await approve(page);
    await outcomesOf(page);
    await page.evaluate(() => history.back());
    await page.waitForURL(/\/challenge/, { waitUntil: "commit" });
    const back = new URL(new URL(page.url()).searchParams.get("redirectUrl") ?? "");
    back.searchParams.set("token", world.backend.received("/withdrawals")[1]?.token ?? "");
    await page.goto(back.href);
    expect(await outcomesOf(page)).toEqual([{ code: "nothing_resumed" }]);
    expect(world.backend.ran).toHaveLength(1);
    expect(sent()).toBe(2);
  });

  it("is cancelled by the back button where that revives the page, even if the challenge is completed later", async () => {
    const page = await leave();
    const back = await approvedReturn(page);
    await page.evaluate(() => history.back());
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_cancelled" }]);
    expect(await stored(page)).toBe("{}");
    await page.goto(back);
    expect(await outcomesOf(page)).toEqual([{ code: "nothing_resumed" }]);
    expect(world.backend.ran).toEqual([]);
  });

  it("can be begun anew by a user who went back to a fresh page", async () => {
    const page = await leave();
    await page.goto(world.backend.origin);
    await page.click("#withdraw");
    await page.waitForSelector("#approve");
    await approve(page);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
    expect(world.backend.ran).toHaveLength(1);
  });

  it("repeats once in two tabs, of which one is a copy of the other", async () => {
    const page = await leave();
    const back = await approvedReturn(page);
    await page.goto(`${world.backend.origin}/favicon.ico`);
    // A window that a page opens starts with a copy of its storage, as a duplicated tab does.
    const [copy] = await Promise.all([
      page.waitForEvent("popup"),
      page.evaluate(() => void window.open("/favicon.ico")),
    ]);
    await copy.waitForLoadState();
    expect(await stored(copy)).toContain("require-action.pending");
    await Promise.all([page.goto(back), copy.goto(back)]);
    const outcomes = [...(await outcomesOf(page)), ...(await outcomesOf(copy))];
    expect(outcomes).toHaveLength(2);
    expect(outcomes).toContainEqual({ code: "nothing_resumed" });
    expect(outcomes).toContainEqual(expect.objectContaining({ status: 201 }));
    expect(sent()).toBe(2);
  });

  it("T37: resumes nothing for a token that comes to another tab", async () => {
    const back = await approvedReturn(await leave());
    const other = await world.open(back.slice(world.backend.origin.length));
    expect(await outcomesOf(other)).toEqual([{ code: "nothing_resumed" }]);
    expect(other.url()).toBe(`${world.backend.origin}/return`);
    expect(sent()).toBe(1);
  });

  it("T37: resumes nothing for a stray token, and the request goes on waiting", async () => {
    const page = await leave();
    const back = await approvedReturn(page);
    for (const stray of ["opaque", testToken({ id: "stray", key: "another" }), "not one token", ""]) {
      await page.goto(`${world.backend.origin}/return?${new URLSearchParams({ token: stray })}`);
      expect(await outcomesOf(page)).toEqual([{ code: "nothing_resumed" }]);
      expect(page.url()).toBe(`${world.backend.origin}/return`);
    }
    expect(sent()).toBe(1);
    await page.goto(back);
    expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
  });

  it("T42: resumes nothing for two tokens, and keeps the other parameters", async () => {
    const page = await leave();
    const back = await approvedReturn(page);
    await page.goto(`${back}&token=other&tab=2#top`);
    expect(await outcomesOf(page)).toEqual([{ code: "nothing_resumed" }]);
    expect(page.url()).toBe(`${world.backend.origin}/return?tab=2#top`);
    expect(sent()).toBe(1);
  });

  it("is refused by the server when the user left the challenge unfinished", async () => {
    const page = await leave();
    await page.click("#quit");
    await page.waitForURL(RETURNED);
    expect(await outcomesOf(page)).toMatchObject([{ status: 403, body: { code: "challenge_incomplete" } }]);
    expect(world.backend.ran).toEqual([]);
  });

  it("comes too late after the challenge has ended", async () => {
    const page = await leave();
    const back = await approvedReturn(page);
    await page.clock.setSystemTime(Date.now() + 602_000);
    await page.goto(back);
    expect(await outcomesOf(page)).toEqual([{ code: "challenge_expired" }]);
    expect(await stored(page)).toBe("{}");
    expect(sent()).toBe(1);
  });

  it("stores no request that is marked sensitive, and does not leave", async () => {
    const page = await world.open("/");
    await page.click("#sensitive");
    expect(await outcomesOf(page)).toEqual([{ code: "request_sensitive" }]);
    expect(await stored(page)).toBe("{}");
  });

  it("stores neither a token nor the Authorization header", async () => {
    const page = await world.open("/");
    await page.evaluate(
      () => void window.send("/withdrawals", { method: "POST", headers: { authorization: "Bearer canary" } }),
    );
    await page.waitForSelector("#approve");
    const token = new URL(page.url()).searchParams.get("token") ?? "none";
    await page.goto(`${world.backend.origin}/favicon.ico`);
    const text = await stored(page);
    expect(text).toContain("/withdrawals");
    expect(text).not.toContain("canary");
    expect(text).not.toContain(token);
  });

  it("does not leave with a request that is too large to be stored", async () => {
    const page = await world.open("/");
    await page.evaluate(() => sessionStorage.setItem("other", "x".repeat(5_200_000)));
    await page.evaluate(() => window.send("/uploads", { method: "POST", body: "x".repeat(100_000) }));
    expect(await outcomesOf(page)).toEqual([{ code: "request_not_storable" }]);
    expect(page.url()).toBe(`${world.backend.origin}/`);
  });

  it("T36: does not leave for an address that is no page", async () => {
    const page = await world.open("/");
    for (const url of ["javascript:document.title='run'", "data:text/html,x", "//", "nonsense"]) {
      world.backend.provider.answerNext({ state: "CHALLENGE_REQUIRED", url });
      await page.evaluate(() => window.send("/withdrawals"));
    }
    expect(await outcomesOf(page, 4)).toEqual(Array.from({ length: 4 }, () => ({ code: "presentation_failed" })));
    expect(await page.title()).toBe("Bank");
  });

  describe("for an enrollment", () => {
    beforeEach(() => {
      world.backend.provider.answerNext(({ attributes: { idempotencyKey, redirectUrl = "" } }) => {
        const token = testToken({ id: "enrollment", key: idempotencyKey });
        const url = `${world.backend.pageOrigin}/challenge?${new URLSearchParams({ token, redirectUrl })}`;
        return { state: "CHALLENGE_REQUIRED", isEnrolled: false, token, url };
      });
    });

    it("repeats the request with the approval that came of it", async () => {
      const page = await leave();
      await approve(page);
      expect(await outcomesOf(page)).toMatchObject([{ status: 201 }]);
      expect(world.backend.received("/withdrawals").map(({ token }) => token !== undefined)).toEqual([false, true]);
    });

    it("does not lead back to the page a user who left it without approving", async () => {
      const page = await leave();
      await page.click("#quit");
      await page.waitForURL(RETURNED);
      expect(await outcomesOf(page)).toMatchObject([{ status: 403, body: { code: "challenge_incomplete" } }]);
      expect(world.backend.ran).toEqual([]);
    });
  });
});
