import { hasChromium } from "@require-action-test/support/chromium";
import { itInFull } from "@require-action-test/support/full";
import { otherThan } from "@require-action-test/support/codes";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { languageNames } from "../../src/languages/catalogue.ts";
import { createLanguages } from "../../src/languages/languages.ts";
import { parseOverrides } from "../../src/languages/message-overrides.ts";
import type { PageState } from "../../src/pages/page-state.ts";
import { useTabs } from "./browser.ts";
import { appCode, createHarness, giveApp, giveEmail, type Harness, track } from "./harness.ts";

const hostile = "</script><img src=x onerror=alert(1)>";
const languages = createLanguages(
  parseOverrides({ nl: { "challenge.eyebrow": hostile, "page.loading": hostile } }, "page.messages"),
);

let harness: Harness;
beforeAll(async () => {
  harness = await createHarness({ pages: { languages } });
  await Promise.all([giveApp(harness, "reader"), giveEmail(harness, "reader", "reader@mail.example")]);
});
afterAll(() => harness.close());

describe("the page's document", () => {
  const page = async (acceptLanguage: string, query = ""): Promise<string> =>
    (
      await fetch(`${harness.pages.origin}/challenge${query}`, { headers: { "accept-language": acceptLanguage } })
    ).text();
  const messagesIn = (html: string): Readonly<Record<string, unknown>> =>
    JSON.parse(/<script type="application\/json"[^>]*>([^<]*)<\/script>/.exec(html)?.[1] ?? "") as never;

  it.each(languageNames)("C43: is in %s for who reads that", async (name) => {
    const html = await page(`${name};q=0.9, fi`);
    expect(html).toMatch(new RegExp(`<html\\s+lang="${name}"\\s+dir="${name === "ar" ? "rtl" : "ltr"}"`));
    const { messages } = languages.choose({ action: name });
    expect(messagesIn(html)["code.sentTo"]).toEqual(messages["code.sentTo"]);
    expect(Object.keys(messagesIn(html)).filter((key) => /^(?:link|text)\./.test(key))).toEqual([]);
    if (name !== "nl") expect(html).toContain(messages["page.loading"]);
  });

  it("C43: is in the language that the application has put into its address, before the browser's", async () => {
    expect(await page("fr", "?ui_locales=fi%20pt")).toContain('lang="pt-BR"');
    expect(await page("fr", `?ui_locales=${"x".repeat(2000)}`)).toContain('lang="fr"');
  });

  it.each(["und", "und-DE", "und-u-nu-latn"])("C43: passes over %s, which names no language", async (locale) => {
    expect(await page(`${locale}, fr;q=0.5`)).toContain('lang="fr"');
    expect(await page("fr", `?ui_locales=${locale}`)).toContain('lang="fr"');
    expect(languages.choose({ action: locale, user: "fr" }).tag).toBe("fr");
  });

  it("has no markup of an override", async () => {
    const html = await page("nl");
    expect(html).not.toContain("<img");
    expect(messagesIn(html)["challenge.eyebrow"]).toBe(hostile);
  });
});

describe("what the page is told", () => {
  async function init(token: string, body: object, acceptLanguage = "fr"): Promise<PageState> {
    const headers = {
      authorization: `Bearer ${token}`,
      "content-type": "application/json",
      "accept-language": acceptLanguage,
    };
    const response = await fetch(`${harness.pages.origin}/challenge/init`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    return (await response.json()) as PageState;
  }

  it("C43: is in the action's language, else the user's, the address's or the browser's", async () => {
    const { token } = await track(harness, "reader", { custom: { amount: "1234.5", currency: "EUR" } });
    const { token: german } = await track(harness, "reader", {
      locale: "de_CH",
      custom: { amount: "1234.5", currency: "EUR" },
    });
    const learned = async (bearer: string, body: object): Promise<unknown> => {
      const { language, action } = await init(bearer, body);
      return [language?.tag, action.details[0]?.label];
    };
    expect(await learned(token, { language: "en" })).toEqual(["fr", "Montant"]);
    expect(await learned(token, { language: "en", uiLocales: "ja" })).toEqual(["ja", "金額"]);
    expect(await learned(german, { language: "en", uiLocales: "ja" })).toEqual(["de-CH", "Betrag"]);
    await harness.engine.users.update("reader", { locale: "it" });
    expect(await learned(token, { language: "en", uiLocales: "ja" })).toEqual(["it", "Importo"]);
    await harness.engine.users.update("reader", { locale: "en" });
  });

  it("brings no messages for the language that the page is in already", async () => {
    const { token } = await track(harness, "reader", { locale: "de" });
    expect(await init(token, { language: "de" })).not.toHaveProperty("language");
    expect((await init(token, { language: 7, uiLocales: ["de"] })).language?.tag).toBe("de");
  });
});

describe.skipIf(!hasChromium)("the page in a browser", () => {
  const tabs = useTabs(() => harness);
  const open = async (attributes: Parameters<typeof track>[2]): Promise<Page> =>
    tabs.open((await track(harness, "reader", attributes)).url);

  it("C43: goes on in the action's language, from right to left where that is written so", async () => {
    const page = await open({ locale: "ar-EG", custom: { amount: "1234.5", currency: "EUR" } });
    const { text } = languages.choose({ action: "ar-EG" });
    const field = page.getByRole("textbox", { name: text("code.appLabel") });
    await field.fill(otherThan(appCode(harness)));
    await page.getByRole("button", { name: text("common.approve") }).click();
    await page
      .getByRole("alert")
      .filter({ hasText: text("code.wrong") })
      .waitFor();
    expect(
      await page.evaluate(() => {
        const { lang, dir } = document.documentElement;
        return [lang, dir, getComputedStyle(document.body).direction];
      }),
    ).toEqual(["ar-EG", "rtl", "rtl"]);
    await expect(field.evaluate((one) => getComputedStyle(one).direction)).resolves.toBe("ltr");
    // The digits of an amount are those that the application has approved.
    await page.getByText(/1,234\.50/).waitFor();
  });

  itInFull("keeps what a user is called apart from the words around it", async () => {
    const page = await open({ locale: "ar" });
    await page.getByRole("button", { name: languages.choose({ action: "ar" }).text("challenge.otherWay") }).click();
    await page.getByRole("button", { name: "r•••@mail.example" }).click();
    await page.locator("label bdi", { hasText: "r•••@mail.example" }).waitFor();
  });

  it("shows the markup of an override as text", async () => {
    const page = await open({ locale: "nl" });
    await page.getByText(hostile).waitFor();
    await expect(page.locator("img").count()).resolves.toBe(0);
  });
});
