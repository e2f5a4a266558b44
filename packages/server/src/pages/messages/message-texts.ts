import { type Clock, systemClock } from "@require-action/core";
import type { ApprovalNotice } from "@require-action/core/agents";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { CodeMessage, Engine } from "@require-action/engine";
import type { MagicLinkMessage, Notice } from "@require-action/engine/server";
import { createLanguages, type Language } from "../../languages/languages.ts";
import { type MessageOverrides, parseOverrides } from "../../languages/message-overrides.ts";
import { pageEntries } from "../challenge-page-options.ts";
import { presentationOf, shownDetails } from "../shown-details.ts";
import { readableName } from "../visible-text.ts";

const MINUTE_MS = 60_000;
/** As many lines of what is approved as an SMS has room for: the amount and the payee are the first. */
const MOST_IN_SMS = 4;

/** Who sends, and in which words. */
export interface MessageTextOptions {
  /** Who sends, as people know it: `Acme Bank`. */
  readonly appName: string;
  /** Texts in place of those of the catalogue, as `createServer({ page: { messages } })` has them. */
  readonly messages?: MessageOverrides;
  /**
   * Where the challenge page is. Text messages then end with its host and the code, so that phones fill the code in on that page, and
   * on no other. About 30 characters.
   * @see https://wicg.github.io/sms-one-time-codes/
   */
  readonly pageUrl?: string;
  readonly clock?: Clock;
}

/** An e-mail, in one language. */
interface EmailText {
  readonly subject: string;
  readonly text: string;
  readonly language: string;
  readonly direction: "ltr" | "rtl";
}

/** Writes what a sender sends. */
export interface MessageTexts {
  /**
   * Returns the e-mail for a code, a link or news: its text is plain, so escape it for HTML. `language` and `direction` are for
   * `lang`, `dir` and `Content-Language`.
   */
  email(message: CodeMessage | MagicLinkMessage | Notice): EmailText;
  /**
   * Returns the e-mail for a request that waits in an inbox: what is to be approved, and the address of its page. `subject` alone is
   * short enough for a push message. There is no number and no token in it.
   */
  approval(notice: ApprovalNotice, options?: { readonly locale?: string | undefined }): EmailText;
  /** Returns the text of an SMS for a code or news. */
  sms(message: CodeMessage | Notice): string;
  /** Returns the text of a WhatsApp message for a code or news: that of an SMS, without what phones read of it. */
  whatsApp(message: CodeMessage | Notice): string;
}

const optionsSchema = defineOptions<MessageTextOptions>({
  required: { appName: pageEntries.appName },
  optional: {
    messages: option.matching((value) => typeof value === "object" && value !== null, "must be an object"),
    pageUrl: option.setting(
      (value) => typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
      "must be the http(s) URL of the challenge page",
    ),
    clock: option.withMethods("now"),
  },
});

/**
 * Creates the texts of messages: each is in the language that `track` or the user's record names, and says what the code or the
 * link approves, with the amount and the payee as the page shows them (dynamic linking, Commission Delegated Regulation (EU)
 * 2018/389 article 5).
 * @throws ConfigurationError that names the option
 * @example
 * const texts = createMessageTexts(engine, { appName: "Acme Bank" });
 */
export function createMessageTexts(engine: Pick<Engine, "dataPoints">, options: MessageTextOptions): MessageTexts {
  const {
    appName: app,
    messages,
    pageUrl,
    clock = systemClock,
  } = readOptions("createMessageTexts", optionsSchema, options);
  const languages = createLanguages(parseOverrides(messages, "messages"));

  const languageFor = ({ locale }: { readonly locale?: string | undefined }): Language =>
    languages.choose({ action: locale });

  const minutesUntil = (at: number): number => Math.max(1, Math.round((at - clock.now()) / MINUTE_MS));

  /** What is approved: its name, then its fields. */
  function detailsOf(
    { action, custom }: Pick<CodeMessage, "action" | "custom">,
    language: Language,
  ): readonly string[] {
    const lines = shownDetails(custom, presentationOf(engine, language)).map(({ label, value }) =>
      language.text("text.detail", { label: isolated(label, language), value: isolated(value, language) }),
    );
    return [isolated(readableName(action), language), ...lines];
  }

  function bodyOf(message: CodeMessage | MagicLinkMessage, language: Language): string {
    const { text } = language;
    const minutes = minutesUntil(message.expiresAt);
    if ("url" in message) {
      const { url } = message;
      if (message.purpose === "enrollment") return text("text.linkConfirm.body", { url, minutes });
      return text("text.link.body", { details: detailsOf(message, language).join("\n"), url, minutes });
    }
    const { code, denyUrl } = message;
    if (!approves(message)) return text("text.confirm.body", { code, minutes });
    const body = text("text.code.body", { code, details: detailsOf(message, language).join("\n"), minutes });
    return denyUrl === undefined ? body : `${body}\n\n${text("text.deny", { url: denyUrl })}`;
  }

  function subjectOf(message: CodeMessage | MagicLinkMessage, { text }: Language): string {
    if (!approves(message)) return text("text.confirm.subject", { app });
    const action = readableName(message.action);
    return text("url" in message ? "text.link.subject" : "text.code.subject", { app, action });
  }

  return {
    email(message) {
      const language = languageFor(message);
      const { tag, direction, text } = language;
      const [subject, body] =
        "kind" in message
          ? [text("text.moved.subject", { app }), text("text.moved.body")]
          : [subjectOf(message, language), bodyOf(message, language)];
      return { subject, text: body, language: tag, direction };
    },
    approval({ action, bound = {}, url, expiresAt }, { locale } = {}) {
      const language = languageFor({ locale });
      const { tag, direction, text } = language;
      const details = detailsOf({ action, custom: bound }, language).join("\n");
      return {
        subject: text("text.approval.subject", { app, action: readableName(action) }),
        text: text("text.approval.body", { details, url, minutes: minutesUntil(expiresAt) }),
        language: tag,
        direction,
      };
    },
    sms(message) {
      const text = shortText(message);
      // The last line, and nothing behind it: that is how phones know it.
      return "kind" in message || pageUrl === undefined
        ? text
        : `${text}\n\n@${new URL(pageUrl).hostname} #${message.code}`;
    },
    whatsApp: shortText,
  };

  function shortText(message: CodeMessage | Notice): string {
    const language = languageFor(message);
    const { text, locale } = language;
    if ("kind" in message) return text("text.moved.sms", { app });
    const { code } = message;
    if (!approves(message)) return text("text.confirm.sms", { app, code });
    const [name = "", ...fields] = detailsOf(message, language);
    const list = new Intl.ListFormat(locale, { type: "unit", style: "short" });
    const details = list.format([name, ...fields.slice(0, MOST_IN_SMS)]);
    // A space that does not break is none of the alphabet of SMS, and would halve what fits into one.
    return text("text.code.sms", { app, code, details: details.replaceAll(/[\u00a0\u202f]/g, " ") });
  }
}

/** True for what approves an action: a first factor approves the action that it is enrolled under. */
function approves(message: CodeMessage | MagicLinkMessage): boolean {
  return message.purpose === "challenge" || ("denyUrl" in message && message.denyUrl !== undefined);
}

/** In a text from right to left, what is written from the left keeps its order. Texts in other scripts need no such marks. */
function isolated(text: string, { direction }: Language): string {
  return direction === "rtl" ? `\u2068${text}\u2069` : text;
}
