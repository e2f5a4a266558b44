import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { serve, type Served } from "@require-action-test/support/serve";
import { createEngine, createMemoryStore, type Engine } from "@require-action/engine";
import { createServer, type FetchHandler, hashPassword, toNodeHandler } from "../src/index.ts";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** As long as an id may be, and without a place to break it. */
const wordy = "W".repeat(256);

describe.skipIf(!hasChromium)("the review console in a browser", () => {
  let http: Served;
  let url: string;
  let engine: Engine;
  let browser: Browser;
  const violations: string[] = [];

  beforeAll(async () => {
    // Where it is must be known to what is served there.
    let server: FetchHandler = async () => new Response(undefined, { status: 503 });
    http = await serve(toNodeHandler((request) => server(request)));
    url = http.origin;
    const store = createMemoryStore();
    engine = createEngine({
      policy: {
        actions: {
          "withdraw-funds": { defaultOutcome: "REVIEW" },
          "move-house": {
            defaultOutcome: "ALLOW",
            rules: [
              {
                ruleId: "long",
                name: "A rule whose name takes up the width that there is beside the names of other columns, and more",
                priority: 1,
                type: "REVIEW",
                conditions: { "!=": [{ var: "user.id" }, "nobody"] },
              },
            ],
          },
        },
      },
      secrets: ["engine-secret-engine-secret-engine!!"],
      issuer: "bank",
      baseUrl: url,
      store,
    });
    const passwordHash = await hashPassword("correct horse");
    server = createServer(engine, {
      apiSecrets: ["an-api-secret-of-the-tests"],
      tenantId: "bank",
      store,
      console: {
        reviewers: ["bob", wordy].map((id) => ({ id, passwordHash })),
        secureCookies: false,
      },
    });
    browser = await launchChromium();
  });
  afterAll(() => http.close());

  async function openConsole(width: number): Promise<Page> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, locale: "en-GB" });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    page.on("console", (message) => message.type() === "error" && violations.push(message.text()));
    await page.goto(`${url}/console`);
    return page;
  }

  async function ask(userId: string, idempotencyKey: string) {
    const key = { userId, action: "withdraw-funds", idempotencyKey };
    const { signal } = new AbortController();
    await engine.track({ ...key, attributes: { idempotencyKey, custom: {} } }, { signal });
    return key;
  }

  /** Time passes only where the test says so, however slow the machine is. */
  async function standStill(page: Page): Promise<void> {
    await page.clock.install();
    await page.clock.pauseAt(Date.now() + 60_000);
  }

  async function signIn(page: Page, id = "bob"): Promise<void> {
    await page.getByLabel("Reviewer").fill(id);
    await page.getByLabel("Password").fill("correct horse");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Reviews" }).waitFor();
    // Written by the script, once it listens.
    await page.locator(".keys").or(page.getByText("Nothing is waiting")).waitFor();
  }

  it("is no wider than a phone, however long the names are", async () => {
    const { action } = await ask("U".repeat(256), "key-wide");
    const page = await openConsole(360);
    await signIn(page, wordy);
    for (const path of ["reviews", "activity", "users", "sessions", `figures?action=${action}`]) {
      await page.goto(`${url}/console/${path}`);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect([path, width]).toEqual([path, 360]);
    }
    await engine.reviews.reject({ userId: "U".repeat(256), action, idempotencyKey: "key-wide" }, { reviewer: "carol" });
    await page.context().close();
  });

  it("signs in, decides by keys, and writes a decision ten seconds later unless it is stopped", async () => {
    const [first, second] = [await ask("alice", "key-1"), await ask("dave", "key-2")];
    const page = await openConsole(1100);
    await signIn(page);
    await standStill(page);
    const stateOf = async (key: typeof first) => (await engine.actions.find(key))?.state;
    const row = (userId: string) => page.getByRole("row").filter({ hasText: userId });
    await page.keyboard.press("j");
    await page.keyboard.press("a");
    await row("alice").getByText("Approving in 10 s").waitFor();
    // The next row has the focus now.
    await page.keyboard.press("r");
    await row("dave").getByText("Rejecting in 10 s").waitFor();
    await page.keyboard.press("u");
    await row("dave").getByRole("button", { name: "Reject Withdraw funds, of dave" }).waitFor();
    await page.clock.runFor(9_000);
    await row("alice").getByText("Approving in 1 s").waitFor();
    expect(await stateOf(first)).toBe("REVIEW_REQUIRED");
    await page.clock.runFor(1_000);
    await row("alice").getByText("Approved.").waitFor();
    expect(await engine.actions.find(first)).toMatchObject({ state: "REVIEW_SUCCEEDED", review: { reviewer: "bob" } });
    expect(await stateOf(second)).toBe("REVIEW_REQUIRED");

    // Somebody else is faster.
    await row("dave").getByRole("button", { name: "Approve" }).click();
    await engine.reviews.reject(second, { reviewer: "carol" });
    await page.clock.runFor(10_000);
    await row("dave").getByText("carol rejected it").waitFor();

    await page.getByRole("link", { name: "Activity" }).click();
    await page.getByRole("cell", { name: "alice" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto(`${url}/console/reviews`);
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(violations.filter((text) => !text.includes("409"))).toEqual([]);
    await page.context().close();
  });

  itInFull(
    "decides a case with a reason and a note, shows who is looking, and keeps both when the session ends",
    async () => {
      const key = await ask("erin", "key-3");
      const page = await openConsole(1100);
      await signIn(page);
      await standStill(page);
      await page.getByRole("link", { name: "Open Withdraw funds, of erin" }).click();
      await page.getByRole("heading", { name: "Timeline" }).waitFor();
      await expect.poll(async () => (await engine.actions.find(key))?.reviewClaim?.reviewer).toBe("bob");
      await page.getByLabel("Reason").selectOption("documents_seen");
      await page.getByLabel("Note").fill("Seen a, r and u.");
      expect((await engine.actions.find(key))?.state).toBe("REVIEW_REQUIRED");
      const cookies = await page.context().cookies();
      await page.context().clearCookies();
      await page.getByRole("button", { name: "Approve" }).click();
      await page.clock.runFor(10_000);
      await page.getByText("Your session has ended").first().waitFor();
      expect(await page.getByLabel("Note").inputValue()).toBe("Seen a, r and u.");
      await page.context().addCookies(cookies);
      await page.reload();
      await page.getByLabel("Reason").selectOption("documents_seen");
      await page.getByLabel("Note").fill("Seen.");
      await page.getByRole("button", { name: "Approve" }).click();
      await page.clock.runFor(10_000);
      await page.getByText("bob approved it").first().waitFor();
      expect(await engine.actions.find(key)).toMatchObject({
        state: "REVIEW_SUCCEEDED",
        review: { reviewer: "bob", reason: "documents_seen", note: "Seen." },
      });
      await page.context().close();
    },
  );

  it("decides no more than one review by a key that is held down", async () => {
    for (const user of ["kate", "kim", "kurt"]) await ask(user, `key-${user}`);
    const page = await openConsole(1100);
    await signIn(page);
    await page.keyboard.press("j");
    for (let times = 0; times < 3; times++) await page.keyboard.down("a");
    await page.keyboard.up("a");
    expect(await page.locator(".held").count()).toBe(1);
    await page.keyboard.press("u");
    await page.context().close();
  });

  itInFull("goes on where a session has ended: with a new one, after a look, and with what was written", async () => {
    const key = await ask("lena", "key-lena");
    const page = await openConsole(1100);
    await signIn(page);
    await page.getByRole("link", { name: "Open Withdraw funds, of lena" }).click();
    await page.getByLabel("Reason").selectOption("documents_seen");
    await page.getByLabel("Note").fill("It took a while.");
    await standStill(page);
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.clock.runFor(10_000);
    await page.getByText("Your session has ended").first().waitFor();
    const tab = page.context().waitForEvent("page");
    await page.getByRole("link", { name: "Sign in on a new tab" }).click();
    await signIn(await tab);
    await page.getByRole("button", { name: "Go on" }).click();
    await page.getByText("You have signed in anew").waitFor();
    expect(await page.getByLabel("Note").inputValue()).toBe("It took a while.");
    await page.getByRole("button", { name: "Approve Withdraw funds, of lena" }).click();
    await page.getByText("The review was approved").waitFor();
    expect((await engine.actions.find(key))?.review).toMatchObject({
      reason: "documents_seen",
      note: "It took a while.",
    });
    await page.context().close();
  });

  itInFull("keeps a comment that is being written while a decision is made", async () => {
    const key = await ask("sven", "key-sven");
    const page = await openConsole(1100);
    await signIn(page);
    await page.getByRole("link", { name: "Open Withdraw funds, of sven" }).click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await standStill(page);
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByLabel("Comment").fill("Seen before, with another");
    await page.clock.runFor(10_000);
    await page.getByText("Rejected.").first().waitFor();
    expect((await engine.actions.find(key))?.state).toBe("REVIEW_FAILED");
    await page.getByLabel("Comment").press("End");
    await page.keyboard.type(" user.");
    await page.getByRole("button", { name: "Add the comment" }).click();
    await page.getByText("Seen before, with another user.").waitFor();
    await page.context().close();
  });

  itInFull("shows what is new from any place of the page, and no longer than it is", async () => {
    const page = await openConsole(1100);
    await signIn(page);
    await page.goto(`${url}/console/reviews?done=approve&count=2#main`);
    await ask("mary", "key-mary");
    await page.getByRole("link", { name: "1 new: show" }).click();
    await page.getByRole("row").filter({ hasText: "mary" }).waitFor();
    expect(await page.getByText("2 reviews were approved").count()).toBe(0);
    const key = await ask("nora", "key-nora");
    await page.getByRole("link", { name: "1 new: show" }).waitFor();
    await engine.reviews.reject(key, { reviewer: "carol" });
    await page.getByRole("link", { name: "1 new: show" }).waitFor({ state: "detached" });
    await page.context().close();
  });

  itInFull("leaves the connections of a browser to others while it is not seen, in however many tabs", async () => {
    const first = await openConsole(1100);
    await signIn(first);
    await first.context().addInitScript(() => {
      Object.defineProperty(document, "visibilityState", {
        get: () => (document.documentElement.dataset["seen"] === undefined ? "hidden" : "visible"),
      });
    });
    let last = first;
    for (let tabs = 0; tabs < 8; tabs++) {
      last = await first.context().newPage();
      await last.goto(`${url}/console/reviews`);
    }
    await ask("rosa", "key-rosa");
    await last.evaluate(() => {
      document.documentElement.dataset["seen"] = "";
      document.dispatchEvent(new Event("visibilitychange"));
    });
    await last.getByRole("link", { name: "1 new: show" }).waitFor();
    await first.context().close();
  });

  itInFull("learns of new and decided reviews while it is open, and exports what it shows", async () => {
    const key = await ask("henry", "key-6");
    const page = await openConsole(1100);
    await signIn(page);
    await ask("iris", "key-7");
    await engine.reviews.reject(key, { reviewer: "carol" });
    await page.getByRole("link", { name: "1 new: show" }).waitFor();
    expect(await page.title()).toBe("(1) Reviews · Review console");
    await page.getByRole("row").filter({ hasText: "henry" }).getByText("carol rejected it").waitFor();
    await page.getByRole("link", { name: "1 new: show" }).click();
    await page.getByRole("row").filter({ hasText: "iris" }).getByText("new").waitFor();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
    expect(file.suggestedFilename()).toBe("reviews-open.csv");
    await page.context().close();
  });

  itInFull("has room for values beside the names of fields and reviewers, however long those are", async () => {
    const { signal } = new AbortController();
    const attributes = { idempotencyKey: "key-tina", custom: { ["W".repeat(64)]: "a few words" } };
    const key = { userId: "tina", action: "withdraw-funds", idempotencyKey: "key-tina" };
    await engine.track({ ...key, attributes }, { signal });
    await engine.reviews.claim(key, `${"a name of many words ".repeat(5)}${"W".repeat(99)}`);
    const page = await openConsole(360);
    await signIn(page);
    await page.goto(`${url}/console/reviews?user=tina`);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    await page.getByRole("link", { name: "Open Withdraw funds, of tina" }).click();
    await page.getByText("a few words").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect((await page.locator("dd").first().boundingBox())?.width).toBeGreaterThan(120);
    await page.context().close();
  });

  itInFull("keeps a row low, however long its reason is", async () => {
    const { signal } = new AbortController();
    const attributes = { idempotencyKey: "key-paul", custom: {} };
    await engine.track({ userId: "paul@example", action: "move-house", attributes }, { signal });
    const page = await openConsole(1100);
    await signIn(page);
    await page.goto(`${url}/console/reviews?action=move-house`);
    const user = page.getByRole("cell", { name: "paul@example", exact: true });
    const lines = await user.evaluate((cell) => {
      const range = document.createRange();
      range.selectNodeContents(cell);
      return new Set([...range.getClientRects()].map(({ y }) => y)).size;
    });
    expect(lines).toBe(1);
    const buttons = page.getByRole("row").last().getByRole("button");
    const [approve, reject] = await Promise.all([buttons.first().boundingBox(), buttons.last().boundingBox()]);
    expect(reject?.y).toBe(approve?.y);
    await page.context().close();
  });

  itInFull("shows details in a table on a phone word by word, and not letter by letter", async () => {
    const { signal } = new AbortController();
    const attributes = { idempotencyKey: "key-olaf", custom: { memo: "a few words" } };
    await engine.track({ userId: "olaf", action: "withdraw-funds", attributes }, { signal });
    const page = await openConsole(360);
    await signIn(page);
    await page.goto(`${url}/console/activity?user=olaf`);
    await page.getByText("Show", { exact: true }).last().click();
    expect((await page.locator("td dd").boundingBox())?.width).toBeGreaterThan(150);
    await page.context().close();
  });

  itInFull("decides without script: by a page that asks once more", async () => {
    const keys = [await ask("frank", "key-4"), await ask("gina", "key-5")];
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${url}/console/reviews?user=frank`);
    await page.getByLabel("Reviewer").fill("bob");
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Approve Withdraw funds, of frank" }).click();
    await page.getByLabel("Note").fill("Known.");
    await page.getByRole("button", { name: "Approve Withdraw funds, of frank" }).click();
    await page.getByText("The review was approved").waitFor();
    await page.goto(`${url}/console/reviews`);
    await page.getByLabel("Select Withdraw funds, of gina").check();
    await page.getByRole("button", { name: "Reject selected" }).click();
    await page.getByRole("button", { name: "Reject Withdraw funds, of gina" }).click();
    await page.getByText("The review was rejected").waitFor();
    expect(await Promise.all(keys.map(async (key) => (await engine.actions.find(key))?.state))).toEqual([
      "REVIEW_SUCCEEDED",
      "REVIEW_FAILED",
    ]);
    await context.close();
  });

  itInFull("fits a screen of 320 px without scrolling sideways", async () => {
    const page = await openConsole(320);
    await page.getByLabel("Reviewer").fill("bob");
    await page.getByLabel("Password").fill("correct horse");
    await page.getByRole("button", { name: "Sign in" }).click();
    const { actionId = "" } =
      (await engine.actions.find(await ask("a-user-with-a-long-name-0123456789", "long"))) ?? {};
    const decide = `decide?decision=reject&case=${actionId}`;
    for (const view of ["reviews", "reviews?status=rejected", `case?id=${actionId}`, decide, "activity"]) {
      await page.goto(`${url}/console/${view}`);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    }
    await page.context().close();
  });
});
