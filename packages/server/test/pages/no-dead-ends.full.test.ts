import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { otherThan } from "@require-action-test/support/codes";
import { addVirtualAuthenticator } from "@require-action-test/support/virtual-authenticator";
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, minute, track } from "./harness.ts";

describe.skipIf(!hasChromium)("no dead ends on the page", () => {
  let harness: Harness;
  let users = 0;

  beforeAll(async () => {
    harness = await createHarness();
  });
  afterAll(() => harness.close());
  const { open, openClocked, openEmpty } = useTabs(() => harness);

  /** A user of this test alone. */
  const newUser = (): string => `walker-${++users}`;

  async function answer(page: Page, code: string): Promise<void> {
    await page.getByRole("textbox").fill(code);
  }

  const heading = (page: Page, name: string): Promise<void> => page.getByRole("heading", { name }).waitFor();
  const lastCode = (): string => harness.mails.at(-1)?.code ?? "";
  /** What has the focus, by its tag. */
  const focused = (page: Page): Promise<string> => page.evaluate(() => document.activeElement?.tagName ?? "");
  const attemptsOf = (path: string): number => harness.pages.requests.filter(({ url }) => url.includes(path)).length;

  /** Has the server answer, and loses the reply. */
  async function loseReplies(page: Page, path: string): Promise<() => Promise<void>> {
    const lose = async (route: Route): Promise<void> => {
      await route.fetch();
      await route.abort("connectionreset");
    };
    await page.route(path, lose);
    return () => page.unroute(path, lose);
  }

  describe("a code that was sent", () => {
    it("C47: is asked for after a reload, without another mail, and the countdown goes on", async () => {
      const user = newUser();
      await giveApp(harness, user);
      await giveEmail(harness, user);
      const page = await openClocked((await track(harness, user, { action: "close-account" })).url);
      await page.getByRole("button", { name: "Use another way" }).click();
      await page.getByRole("button", { name: "E-mail" }).click();
      await page.getByLabel("Code sent to a•••@mail.example").waitFor();
      const sent = harness.mails.length;
      harness.clock.advance(20_000);
      await page.clock.fastForward(20_000);
      await page.reload();
      await page.getByLabel("Code sent to a•••@mail.example").waitFor();
      const [, seconds] = /in (\d+) seconds/.exec(await page.locator(".resend").innerText()) ?? [];
      expect(Number(seconds)).toBeGreaterThan(0);
      expect(Number(seconds)).toBeLessThanOrEqual(10);
      expect(harness.mails).toHaveLength(sent);
      await answer(page, lastCode());
      await heading(page, "Approved");
    });

    itInFull("C47: is asked for after a change of method and back, without another mail", async () => {
      const user = newUser();
      await giveApp(harness, user);
      await giveEmail(harness, user);
      const page = await open((await track(harness, user, { action: "close-account" })).url);
      await page.getByRole("button", { name: "Use another way" }).click();
      await page.getByRole("button", { name: "E-mail" }).click();
      await page.getByLabel("Code sent to").waitFor();
      const sent = harness.mails.length;
      await page.getByRole("button", { name: "Use another way" }).click();
      await page.getByRole("button", { name: "Authenticator app" }).click();
      await page.getByLabel("6-digit code from your app").waitFor();
      await page.getByRole("button", { name: "Use another way" }).click();
      await page.getByRole("button", { name: "E-mail" }).click();
      await page.getByLabel("Code sent to").waitFor();
      expect(harness.mails).toHaveLength(sent);
      await answer(page, lastCode());
      await heading(page, "Approved");
    });

    itInFull("C47: is no longer asked for once it is over", async () => {
      const user = newUser();
      await giveEmail(harness, user);
      const page = await open((await track(harness, user, { action: "read-mail" })).url);
      await page.getByRole("button", { name: "Send code" }).click();
      await page.getByLabel("Code sent to").waitFor();
      harness.clock.advance(5 * minute + 1000);
      await page.reload();
      await page.getByRole("button", { name: "Send code" }).waitFor();
    });

    itInFull(
      "C47: is asked for after a reload of an enrolment, which another address can still begin anew",
      async () => {
        const page = await open((await track(harness, newUser(), { action: "read-mail" })).url);
        await page.getByLabel("Your e-mail address").fill("dora@mail.example");
        await page.getByRole("button", { name: "Send code" }).click();
        await page.getByLabel("Code sent to dora@mail.example").waitFor();
        const first = lastCode();
        const sent = harness.mails.length;
        await page.reload();
        await page.getByLabel("Code sent to d•••@mail.example").waitFor();
        expect(harness.mails).toHaveLength(sent);
        await page.getByRole("button", { name: "Use another e-mail address" }).click();
        await page.getByLabel("Your e-mail address").waitFor();
        await page.reload();
        await answer(page, first);
        await heading(page, "Approved");
      },
    );
  });

  describe("a reply that was lost", () => {
    it("C48: the browser that proved goes on with its result, at the next try", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const { url, key } = await track(harness, user, { redirectUrl: `${harness.app.origin}/back` });
      const page = await open(url);
      await page.getByRole("textbox").waitFor();
      const find = await loseReplies(page, "**/verify/totp");
      await answer(page, appCode(harness));
      await page.getByText("We could not be reached. Try again.").waitFor();
      await find();
      const asked = attemptsOf("/verify/totp");
      await page.getByRole("button", { name: "Approve" }).click();
      await page.waitForURL(/\/back\?token=/);
      // It was not answered again: that would have counted as a wrong answer.
      expect(attemptsOf("/verify/totp")).toBe(asked);
      const token = new URL(page.url()).searchParams.get("token") ?? "";
      const { signal } = new AbortController();
      await expect(harness.engine.validateChallenge({ ...key, token }, { signal })).resolves.toMatchObject({
        isValid: true,
      });
    });

    itInFull("C48: the browser that proved goes on with its result, after a reload", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const page = await open((await track(harness, user)).url);
      await page.getByRole("textbox").waitFor();
      const find = await loseReplies(page, "**/verify/totp");
      await answer(page, appCode(harness));
      await page.getByText("We could not be reached. Try again.").waitFor();
      await find();
      await page.reload();
      await page.getByRole("heading", { name: "Approved", exact: true }).waitFor();
      await expect(page.evaluate(() => history.state as unknown)).resolves.toBeNull();
    });

    it("T55: another browser with the same address does not get it", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const { url } = await track(harness, user);
      const page = await open(url);
      await page.getByRole("textbox").waitFor();
      await loseReplies(page, "**/verify/totp");
      await answer(page, appCode(harness));
      await page.getByText("We could not be reached. Try again.").waitFor();
      await page.context().close();
      const other = await open(url);
      await heading(other, "Already approved");
      const { token } = ((await other.evaluate(() => history.state as unknown)) as { token?: string } | null) ?? {};
      expect(token).toBeUndefined();
    });

    itInFull("C48: a passkey's browser goes on as well", async () => {
      const page = await openEmpty();
      await addVirtualAuthenticator(page);
      const user = newUser();
      await page.goto((await track(harness, user, { action: "move-house" })).url);
      const find = await loseReplies(page, "**/user-authenticators/passkey");
      await page.getByRole("button", { name: "Create a passkey" }).click();
      await page.getByText("We could not be reached. Try again.").waitFor();
      await find();
      await page.getByRole("button", { name: "Create a passkey" }).click();
      await page.getByRole("heading", { name: "Approved", exact: true }).waitFor();
    });

    itInFull("shows what was set up when only the reply to that was lost", async () => {
      const user = newUser();
      await giveEmail(harness, user);
      const { url } = await track(harness, user, { scope: "add:authenticators" });
      const page = await open(`${url}&view=settings`);
      await page.getByRole("button", { name: "Authenticator app" }).click();
      const secret = (await page.locator("code.secret").textContent())?.replaceAll(" ", "") ?? "";
      const find = await loseReplies(page, "**/verify/totp");
      await answer(page, appCode(harness, secret));
      await page.getByText("We could not be reached. Try again.").waitFor();
      await find();
      await page.getByRole("button", { name: "Set up" }).click();
      await page.getByRole("button", { name: "Remove: Authenticator app" }).waitFor();
    });

    itInFull("takes the answer again when it was the request that was lost", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const page = await open((await track(harness, user)).url);
      await page.getByRole("textbox").waitFor();
      await page.route("**/verify/totp", (route) => route.abort("connectionreset"), { times: 1 });
      await answer(page, appCode(harness));
      await page.getByText("We could not be reached. Try again.").waitFor();
      await page.getByRole("textbox").press("Enter");
      await heading(page, "Approved");
    });
  });

  it("an outage marks no code wrong, and leaves it and the focus where they are", async () => {
    const user = newUser();
    await giveApp(harness, user);
    const page = await open((await track(harness, user)).url);
    const field = page.getByRole("textbox");
    await field.waitFor();
    const code = appCode(harness);
    for (const status of [500, 502, 503]) {
      await page.route("**/verify/totp", (route) => route.fulfill({ status, json: { error: "unavailable" } }), {
        times: 1,
      });
      if (status === 500) await field.fill(code);
      else await field.press("Enter");
      await page.getByText("We could not be reached. Try again.").waitFor();
      await expect(field.getAttribute("aria-invalid")).resolves.toBeNull();
      await expect(field.inputValue()).resolves.toBe(code);
      await expect(focused(page)).resolves.toBe("INPUT");
    }
    await answer(page, otherThan(appCode(harness)));
    await page.getByText("That code is wrong").waitFor();
    await expect(field.getAttribute("aria-invalid")).resolves.toBe("true");
    // What was wrong before is not while nobody has looked at it.
    await page.route("**/verify/totp", (route) => route.abort(), { times: 1 });
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("We could not be reached. Try again.").waitFor();
    await expect(field.getAttribute("aria-invalid")).resolves.toBeNull();
  });

  itInFull("a passkey prompt that was left is taken away, and the next one comes", async () => {
    const user = newUser();
    const page = await openEmpty();
    const authenticator = await addVirtualAuthenticator(page);
    await page.goto((await track(harness, user)).url);
    await page.getByRole("button", { name: "Passkey" }).click();
    await page.getByRole("button", { name: "Create a passkey" }).click();
    await heading(page, "Approved");
    await giveApp(harness, user);
    await authenticator.hesitate(true);
    await page.goto((await track(harness, user)).url);
    await page.evaluate(() => {
      const { get } = navigator.credentials;
      const signals: AbortSignal[] = [];
      Object.assign(window, { signals });
      navigator.credentials.get = function (options) {
        if (options?.signal) signals.push(options.signal);
        return get.call(this, options);
      };
    });
    const aborted = (): Promise<boolean[]> =>
      page.evaluate(() => (window as unknown as { signals: AbortSignal[] }).signals.map((signal) => signal.aborted));
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await expect.poll(aborted).toEqual([false]);
    await page.getByRole("button", { name: "Use another way" }).click();
    await expect.poll(aborted).toEqual([true]);
    await page.getByRole("button", { name: "Passkey" }).click();
    await authenticator.hesitate(false);
    // While a prompt is there, browsers refuse another.
    await page.getByRole("button", { name: "Approve with your passkey" }).click();
    await heading(page, "Approved");
  });

  describe("starting again", () => {
    it("leads back from a request that had expired before it was opened", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const { url } = await track(harness, user, { redirectUrl: `${harness.app.origin}/back?order=7` });
      harness.clock.advance(11 * minute);
      const page = await open(url);
      await heading(page, "This request has expired");
      await page.getByRole("button", { name: "Start again" }).click();
      await page.waitForURL(/\/back\?order=7&token=/);
    });

    itInFull.each([
      ["garbage", "?token=garbage", "This link does not work"],
      ["no token", "", "This link does not work"],
    ])("leads to the application from a link with %s", async (_name, query, title) => {
      const page = await open(`${harness.pages.origin}/challenge${query}`);
      await heading(page, title);
      await page.getByRole("button", { name: "Start again" }).click();
      await page.waitForURL(`${harness.app.origin}/`);
    });

    itInFull("T36: leads to the application, without a token, where the return was not allowed", async () => {
      const user = newUser();
      await giveApp(harness, user);
      const { url } = await track(harness, user, { redirectUrl: `${harness.stranger.origin}/back` });
      harness.clock.advance(11 * minute);
      const page = await open(url);
      await heading(page, "This request has expired");
      await page.getByRole("button", { name: "Start again" }).click();
      await page.waitForURL(`${harness.app.origin}/`);
      expect(harness.stranger.requests).toEqual([]);
    });

    itInFull("leads out of a frame that nobody listens to", async () => {
      const page = await openEmpty();
      await page.goto(`${harness.app.origin}/launch`);
      await page.evaluate((src) => {
        document.body.append(Object.assign(document.createElement("iframe"), { src, name: "bare" }));
      }, `${harness.pages.origin}/challenge?token=garbage`);
      await page.frameLocator("iframe").getByRole("button", { name: "Start again" }).click();
      await page.waitForURL(`${harness.app.origin}/`);
    });

    itInFull("closes a window whose opener does not listen", async () => {
      const page = await openEmpty({}, { pages: harness.pages, app: harness.stranger });
      await page.goto(`${harness.stranger.origin}/launch`);
      const [opened] = await Promise.all([
        page.waitForEvent("popup"),
        page.evaluate(
          (url) => void window.open(url, "", "width=400,height=500"),
          `${harness.pages.origin}/challenge?token=garbage&mode=popup`,
        ),
      ]);
      const closed = opened.waitForEvent("close");
      await opened.getByRole("button", { name: "Start again" }).click();
      await closed;
    });
  });

  it("the focus is never lost on the way, and the title says where one is", async () => {
    const user = newUser();
    await giveApp(harness, user);
    await giveEmail(harness, user);
    const page = await openClocked((await track(harness, user, { action: "close-account" })).url);
    const seen: string[] = [];
    async function look(wait: Promise<unknown>): Promise<void> {
      await wait;
      seen.push(await focused(page));
      expect(seen.at(-1), `after ${await page.locator("main").innerText()}`).not.toMatch(/^(?:BODY|HTML|)$/);
    }
    await look(page.getByLabel("6-digit code from your app").waitFor());
    await expect(page.title()).resolves.toBe("Close account · Acme Bank");
    await page.getByRole("button", { name: "Use another way" }).click();
    await look(heading(page, "Choose how to approve"));
    await page.getByRole("button", { name: "E-mail" }).click();
    await look(page.getByLabel("Code sent to").waitFor());
    await page.clock.runFor(31_000);
    const resend = page.getByRole("button", { name: "Send a new code" });
    await look(resend.focus());
    await resend.press("Enter");
    await look(page.getByText("New code sent").waitFor());
    await page.clock.runFor(31_000);
    await look(resend.waitFor());
    harness.network.isDown = true;
    await resend.press("Enter");
    await look(page.getByText("We could not be reached.").waitFor());
    harness.network.isDown = false;
    await page.reload();
    await look(page.getByLabel("Code sent to").waitFor());
    await answer(page, otherThan(lastCode()));
    for (let guess = 0; guess < 5; guess++) {
      await look(page.getByText("That code is wrong").waitFor());
      await page.getByRole("button", { name: "Approve" }).click();
    }
    await look(page.locator("main").getByText("Too many wrong codes").waitFor());
    await page.getByRole("button", { name: "Cancel" }).click({ noWaitAfter: true });
    await page.waitForURL(`${harness.app.origin}/`);
    expect(new Set(seen)).toEqual(new Set(["H1", "H2", "INPUT", "BUTTON", "P"]));
  });
});
