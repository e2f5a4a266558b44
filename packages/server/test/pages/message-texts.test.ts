import type { CodeMessage } from "@require-action/engine";
import type { MagicLinkMessage, Notice } from "@require-action/engine/server";
import { createManualClock } from "@require-action/testing";
import { describe, expect, it } from "vitest";
import { languageNames } from "../../src/languages/catalogue.ts";
import { createMessageTexts } from "../../src/index.ts";

const clock = createManualClock();
const texts = createMessageTexts({ dataPoints: () => new Map() }, { appName: "Acme Bank", clock });

const common = {
  purpose: "challenge",
  userId: "alice",
  action: "withdraw-funds",
  custom: { amount: "1234.5", currency: "EUR", payee: "Bob \u202eeve", note: "a", extra: "b", last: "c" },
  expiresAt: clock.now() + 290_000,
  idempotencyKey: "key",
} as const;
const code: CodeMessage = { ...common, to: "alice@mail.example", code: "012345" };
const link: MagicLinkMessage = { ...common, to: "alice@mail.example", url: "https://bank.example/magic-link?link=x" };
const notice: Notice = { kind: "address_changed", to: "old@mail.example", verificationMethod: "SMS", userId: "alice" };
const plain = (text: string): string => text.replaceAll(/[\u00a0\u202f]/g, " ");

describe("the text of a message", () => {
  it("T54: says in an e-mail what the code approves, all of it, with the amount and the payee", () => {
    const { subject, text, language, direction } = texts.email(code);
    expect(subject).toBe("Acme Bank: your code to approve “Withdraw funds”");
    expect(plain(text)).toContain(
      "Your code is 012345.\n\nIt approves exactly this:\nWithdraw funds\nAmount: EUR 1,234.50\nPayee: Bob ⟨U+202E⟩eve\nNote: a\nExtra: b\nLast: c\n\nThe code is valid for 5 minutes.",
    );
    expect([language, direction]).toEqual(["en", "ltr"]);
  });

  it("T54: says in an SMS the amount and the payee, and no more than fits", () => {
    expect(texts.sms(code)).toBe(
      "Acme Bank: 012345 is your code for Withdraw funds, Amount: EUR 1,234.50, Payee: Bob ⟨U+202E⟩eve, Note: a, Extra: b. Share it with nobody. Did not ask for this? Contact us.",
    );
  });

  it("ends an SMS with the page that its code is for, and no other message", () => {
    const pageUrl = "https://auth.bank.example:8443/auth";
    const bound = createMessageTexts({ dataPoints: () => new Map() }, { appName: "Acme Bank", clock, pageUrl });
    const custom = { payee: "Bob\n@evil.example #999999" };
    expect(bound.sms({ ...code, custom })).toBe(
      "Acme Bank: 012345 is your code for Withdraw funds, Payee: Bob @evil.example #999999. Share it with nobody. Did not ask for this? Contact us.\n\n@auth.bank.example #012345",
    );
    expect(
      bound
        .sms({ ...code, purpose: "enrollment" })
        .split("\n")
        .at(-1),
    ).toBe("@auth.bank.example #012345");
    expect(bound.sms(notice)).toBe(texts.sms(notice));
    expect(bound.whatsApp(code)).toBe(texts.sms(code));
    expect(bound.email(code)).toEqual(texts.email(code));
    for (const wrong of ["auth.bank.example", "javascript:alert(1)", 1]) {
      const options = { appName: "Acme Bank", pageUrl: wrong as string };
      expect(() => createMessageTexts({ dataPoints: () => new Map() }, options)).toThrow(/pageUrl: must be the http/);
    }
  });

  it("names the address where a request is ended, and says it of a first factor that approves too", () => {
    const denyUrl = "https://bank.example/deny?link=y";
    expect(texts.email({ ...code, denyUrl }).text).toContain(`end the request here:\n${denyUrl}`);
    expect(texts.email({ ...code, denyUrl, purpose: "enrollment" }).text).toContain("Payee: Bob");
    expect(texts.email({ ...code, purpose: "enrollment" }).text).not.toContain("Payee");
    expect(texts.sms({ ...code, purpose: "enrollment" })).toBe(
      "Acme Bank: 012345 is your code to confirm this phone number. Share it with nobody.",
    );
  });

  it("has the link, and none of the address that codes now go to", () => {
    expect(texts.email(link).text).toContain(`\n${link.url}\n`);
    expect(texts.email({ ...link, purpose: "enrollment" }).subject).toBe("Acme Bank: confirm your e-mail address");
    expect(texts.email(notice).subject).toBe("Acme Bank: your codes now go elsewhere");
    expect(texts.sms(notice)).toMatch(/^Acme Bank: codes are no longer sent to this number\./);
  });

  it.each(languageNames)("T54: has the code, the amount and the payee in %s", (locale) => {
    const { text, language } = texts.email({ ...code, locale });
    expect(language).toBe(locale);
    for (const message of [text, texts.sms({ ...code, locale })]) {
      expect(message).toMatch(/012345/);
      expect(message).toMatch(/1[.,\s\u00a0\u202f]?234[.,]50/);
      expect(message).toMatch(/Bob ⟨U\+202E⟩eve/);
      expect(message).not.toMatch(/[{}]|undefined/);
    }
    // Text from the left within text from the right is set apart.
    expect(text.includes("\u2068")).toBe(locale === "ar");
  });

  it.each(languageNames)("says in %s what waits for an approval, and where, with no number", (locale) => {
    const { action, custom: bound, expiresAt } = common;
    const url = "https://bank.example/approvals/kGZm1fP0kGZm1fP0kGZm1f";
    const waiting = { user: "alice", action, bound, askedFrom: undefined, url, askedAt: clock.now(), expiresAt };
    const { subject, text, language } = texts.approval(waiting, { locale });
    expect(language).toBe(locale);
    expect([subject.includes("Acme Bank"), subject.includes("Withdraw funds")]).toEqual([true, true]);
    expect(text.split("\n")).toContain(url);
    expect([text.includes("Bob ⟨U+202E⟩eve"), /[{}]/.test(text)]).toEqual([true, false]);
  });

  it("is another one by an override, which has to be right", () => {
    const options = { appName: "Acme Bank", messages: { en: { "text.confirm.subject": "Hello from {app}" } } } as const;
    const own = createMessageTexts({ dataPoints: () => new Map() }, options);
    expect(own.email({ ...code, purpose: "enrollment" }).subject).toBe("Hello from Acme Bank");
    expect(() =>
      createMessageTexts({ dataPoints: () => new Map() }, { ...options, messages: { en: { "text.deny": "No" } } }),
    ).toThrow(/messages\.en\["text\.deny"\]: lacks the placeholder \{url\}/);
    expect(() => createMessageTexts({ dataPoints: () => new Map() }, {} as never)).toThrow(/appName: is required/);
  });
});
