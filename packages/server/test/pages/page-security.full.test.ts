import { hasChromium, launchChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openTab, type Tab } from "./browser.ts";
import { createHarness, giveApp, type Harness, track } from "./harness.ts";

describe.skipIf(!hasChromium)("the page, attacked", () => {
  let harness: Harness;
  let browser: Browser;
  let tab: Tab;

  beforeAll(async () => {
    [harness, browser] = await Promise.all([createHarness(), launchChromium()]);
    await giveApp(harness, "alice");
  });
  afterAll(() => harness.close());
  afterEach(async () => {
    await tab.page.context().close();
  });

  async function open(attributes: Parameters<typeof track>[2] = {}): Promise<Page> {
    tab = await openTab(browser, harness);
    const { url } = await track(harness, "alice", attributes);
    await tab.page.goto(url);
    await tab.page.getByRole("textbox").waitFor();
    return tab.page;
  }

  itInFull.each([
    ["an element", `<b id="injected">Bob</b>`],
    ["a script", `<script id="injected">document.title = "owned"</script>`],
    ["a handler", `<img id="injected" src="x" onerror="document.title = 'owned'">`],
    ["the end of an element", `</bdi></dd></dl><iframe id="injected" src="https://evil.example"></iframe>`],
  ])("T45: shows %s in a payee's name as the text that it is", async (_name, payee) => {
    const page = await open({ custom: { payee, [payee]: "x" }, username: payee });
    await expect(page.locator("dd").first().textContent()).resolves.toBe(payee);
    await expect(page.locator("#injected").count()).resolves.toBe(0);
    await expect(page.title()).resolves.not.toBe("owned");
    expect(tab.problems).toEqual([]);
  });

  it("lets no text turn around or hide what stands beside it", async () => {
    const page = await open({ custom: { payee: "Bob\u202e001 RUE\u202c", note: "a\u200bb" }, username: "alice" });
    await expect(page.locator("dd").allTextContents()).resolves.toEqual([
      "Bob\u27e8U+202E\u27e9001 RUE\u27e8U+202C\u27e9",
      "a\u27e8U+200B\u27e9b",
      "alice",
    ]);
  });

  itInFull("shows letters that nobody sees, and leaves those that scripts and emoji are written with", async () => {
    const payee = "Bo\u00adb\u2062\u3164\u{e0041}";
    const page = await open({
      custom: { payee, note: "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u{1f469}\u200d\u{1f680} \u2764\ufe0f" },
    });
    await expect(page.locator("dd").allTextContents()).resolves.toEqual([
      "Bo\u27e8U+00AD\u27e9b\u27e8U+2062\u27e9\u27e8U+3164\u27e9\u27e8U+E0041\u27e9",
      "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 \u{1f469}\u200d\u{1f680} \u2764\ufe0f",
      "alice",
    ]);
  });

  itInFull.each([
    ["a script of a stranger", "script-src-elem"],
    ["a picture of a stranger", "img-src"],
    ["a call to a stranger", "connect-src"],
    ["a frame of a stranger", "frame-src"],
    ["a form that leads away", "form-action"],
    ["a base for all addresses", "base-uri"],
    ["a style", "style-src-elem"],
    ["HTML from a text", "require-trusted-types-for"],
  ])("has a content security policy that stops %s", async (name, directive) => {
    const page = await open();
    await page.evaluate(
      ([attack, stranger = ""]) => {
        const add = <Tag extends keyof HTMLElementTagNameMap>(tag: Tag): HTMLElementTagNameMap[Tag] =>
          document.body.appendChild(document.createElement(tag));
        switch (attack) {
          case "a script of a stranger":
            return void Object.assign(add("link"), { rel: "modulepreload", href: stranger });
          case "a picture of a stranger":
            return void (add("img").src = stranger);
          case "a call to a stranger":
            return void fetch(stranger).catch(() => undefined);
          case "a frame of a stranger":
            return void (add("iframe").src = stranger);
          case "a form that leads away": {
            const form = add("form");
            form.action = stranger;
            return form.submit();
          }
          case "a base for all addresses":
            return void (document.head.appendChild(document.createElement("base")).href = stranger);
          case "a style":
            return void (add("style").textContent = "body { display: none }");
          default:
            try {
              document.body.innerHTML = "<b>owned</b>";
            } catch {
              // What is expected.
            }
            return undefined;
        }
      },
      [name, `${harness.stranger.origin}/${directive}`],
    );
    await expect.poll(() => tab.problems.map((problem) => problem.split(" ")[0])).toContain(directive);
    expect(harness.stranger.requests).toEqual([]);
    expect(new URL(page.url()).origin).toBe(harness.pages.origin);
  });

  it("T44: shows the same for a wrong, an unknown and an expired link's token", async () => {
    const { token } = await track(harness, "alice");
    const [header, payload, signature = ""] = token.split(".");
    const forged = [header, payload, signature.split("").reverse().join("")].join(".");
    const texts = [];
    for (const bad of ["garbage", forged, "a.b.c"]) {
      tab = await openTab(browser, harness);
      await tab.page.goto(`${harness.pages.origin}/challenge?token=${bad}`);
      await tab.page.getByRole("heading", { name: "This link does not work" }).waitFor();
      texts.push(await tab.page.locator("main").innerText());
      if (bad !== "a.b.c") await tab.page.context().close();
    }
    expect(new Set(texts).size).toBe(1);
  });

  itInFull("forgets the token once the request is over", async () => {
    const page = await open();
    await expect(page.evaluate(() => typeof history.state.token)).resolves.toBe("string");
    await harness.engine.actions.query({ userId: "alice", limit: 1 }).then(async ({ items: [action] }) => {
      if (action === undefined) throw new Error("no action");
      await harness.engine.actions.transition(action, { state: "BLOCK", actor: "fraud desk" });
    });
    await page.reload();
    await page.getByRole("heading", { name: "This cannot be approved" }).waitFor();
    await expect(page.evaluate(() => history.state as unknown)).resolves.toBeNull();
    expect(tab.problems).toEqual([]);
  });
});
