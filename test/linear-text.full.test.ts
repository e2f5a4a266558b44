import { describe, expect, it } from "vitest";
import { parseSignature } from "../packages/authsignal/src/webhook/webhook-signature.ts";
import { keySegment } from "../packages/authsignal/src/api/api.ts";
import { isToken } from "../packages/client/src/wire/wire.ts";
import { bindFields, bindRequest } from "../packages/core/src/binding/binding.ts";
import { canonicalJson } from "../packages/core/src/binding/canonical-json.ts";
import { isSealedKey } from "../packages/core/src/binding/sealed-key.ts";
import { assertUnambiguousBody } from "../packages/core/src/binding/unambiguous-body.ts";
import { findDuplicateName } from "../packages/core/src/lib/duplicate-names.ts";
import { isActionCode, isId } from "../packages/core/src/lib/ids.ts";
import { lengthPrefixed } from "../packages/core/src/lib/length-prefixed.ts";
import { bareCopy } from "../packages/core/src/lib/own-members.ts";
import { isLoopbackHost, parseRedirectUrl } from "../packages/core/src/lib/web-url.ts";
import { resolveAttributes } from "../packages/core/src/pipeline/resolvers.ts";
import { readActionToken } from "../packages/core/src/request/guard-request.ts";
import { createAddressReader, parseClientAddress } from "../packages/core/src/request/client-address.ts";
import { bearerToken, requireTenant } from "../packages/server/src/client-api/credentials.ts";
import { readTarget } from "../packages/server/src/http/request-target.ts";
import { parseTrack } from "../packages/engine/src/context/track-input.ts";
import { createOwnTokens } from "../packages/engine/src/keys/own-tokens.ts";
import { createKeyring } from "../packages/engine/src/keys/keyring.ts";
import { mailboxOf } from "../packages/engine/src/lib/address.ts";
import { parseLocale } from "../packages/engine/src/lib/locale.ts";
import { isSameMailbox, parseMailbox } from "../packages/engine/src/lib/mailbox.ts";
import { parseOtpauthUri } from "../packages/engine/src/lib/otpauth-uri.ts";
import { parsePhoneNumber } from "../packages/engine/src/lib/phone-number.ts";
import { readTypedCode } from "../packages/engine/src/lib/typed-text.ts";
import { createRecoveryCode } from "../packages/engine/src/methods/recovery-code.ts";
import { parseDecimal } from "../packages/engine/src/policy/model/values.ts";
import { parseIp } from "../packages/engine/src/policy/model/ip-value.ts";
import { readSignInChallenge } from "../packages/engine/src/sign-in/sign-in-challenge.ts";
import { joinKey } from "../packages/engine/src/store/store.ts";
import { parseAuthenticationResponse } from "../packages/engine/src/webauthn/passkey-response.ts";
import { printable } from "../packages/cli/src/lib/terminal.ts";
import { createRequestLog } from "../packages/cli/src/serve/request-log.ts";
import { createCookies } from "../packages/server/src/console/sessions.ts";
import { createLanguages } from "../packages/server/src/languages/languages.ts";
import { wantedLocales } from "../packages/server/src/languages/wanted-locales.ts";
import { html } from "../packages/server/src/pages/html.ts";
import { isDirect } from "../packages/server/src/dev/dev-routes.ts";
import { contextualMessage } from "../packages/server/src/pages/contextual-message.ts";
import { formatText } from "../packages/server/src/pages/format-value.ts";
import { shownDetails } from "../packages/server/src/pages/shown-details.ts";
import { readableName, shownText, visible } from "../packages/server/src/pages/visible-text.ts";
import { withoutStrayPercents } from "../packages/server/src/server-api/create-server-api.ts";
import { boundValue } from "../packages/sql/src/database/parameters.ts";
import { numbersOf } from "../packages/sql/src/store/records/documents.ts";
import { costPerCharacter, growth } from "./growth.ts";

const LENGTH = 16_384;
const MOST = 2.5;
/** Nanoseconds for a character. Below, it is the copying of the text that is measured, and by which cache it fits into. */
const SURELY_LINEAR = 5;

type Functions = Readonly<Record<string, (text: string) => unknown>>;

const body = { value: {}, sent: true, read: true };
const keyring = createKeyring(["a secret of at least thirty-two bytes"]);
const recoveryCode = createRecoveryCode({ keyring });
const cookies = createCookies(true);
const redirectTargets = { origins: ["https://bank.example"], option: "allowedOrigins", loopback: true };
const requestLog = createRequestLog(() => {});
const ownTokens = createOwnTokens({
  typ: "test+jwt",
  issuer: "bank",
  audience: "bank",
  lifetimeSeconds: 60,
  clock: { now: () => 0 },
  keys: [{ id: "key", key: Buffer.alloc(32) }],
});

/** A request to a guard, all of whose texts are this one. */
const guarded = (text: string, value: unknown = text) => ({
  native: {},
  method: "POST",
  target: `http://bank.example/${text}`,
  ip: `::ffff:${text}`,
  header: (name: string) => (name === "content-type" ? `application/json;${text}` : `${name};${text}`),
  body: { value, sent: true, read: true, text: () => JSON.stringify(value) },
  closed: () => false,
  whenEnded: () => {},
});
const webRequest = (headers: Readonly<Record<string, string>>): Request =>
  new Request("https://bank.example/", { headers });
const track = (attributes: object): unknown =>
  parseTrack({ userId: "alice", action: "pay", attributes: { idempotencyKey: "key", ...attributes } });

/** What meets a client's text, as docs/security.md lists it. */
const core: Functions = {
  readActionToken: (text) => readActionToken({ header: () => text }),
  isId,
  isActionCode,
  isSealedKey,
  lengthPrefixed: (text) => lengthPrefixed([text]),
  bindFields: (text) => bindFields({ text }, body),
  bindRequest: (text) => bindRequest(guarded(text)),
  "canonicalJson of a text": (text) => canonicalJson({ text }),
  "canonicalJson of a name": (text) => canonicalJson({ [text]: 1 }),
  assertUnambiguousBody: (text) => assertUnambiguousBody(guarded(text, { [text]: 1 })),
  "assertUnambiguousBody of bytes": (text) => {
    const { header } = guarded(text);
    return assertUnambiguousBody({ header, body: { ...body, text: () => Buffer.from(`"${text}"`) } });
  },
  "resolveAttributes of address, user agent and cookies": (text) =>
    resolveAttributes(
      { attributes: {}, readAddress: createAddressReader(() => {}) } as never,
      guarded(text),
      {} as never,
    ),
  parseClientAddress,
  "parseClientAddress in brackets": (text) => parseClientAddress(`[${text}]`),
  parseRedirectUrl: (text) => parseRedirectUrl(text, redirectTargets),
  "parseRedirectUrl of a host": (text) => parseRedirectUrl(`https://${text}`, redirectTargets),
  "findDuplicateName of names": (text) => findDuplicateName(JSON.stringify({ [text]: 1 })),
  bareCopy: (text) => bareCopy({ [text]: text }),
};

const engine: Functions = {
  "parseTrack of attributes": (text) => track({ userAgent: text, custom: { text } }),
  "parseTrack of a URL": (text) => track({ redirectUrl: `https://${text}` }),
  "parseTrack of a scope": (text) => track({ scope: `add:authenticators ${text}` }),
  "parseTrack of an address": (text) => track({ ipAddress: text }),
  "parseTrack of a telephone": (text) => track({ phoneNumber: `+4${text}` }),
  parseMailbox: (text) => parseMailbox(`a@${text}`),
  isSameMailbox: (text) => isSameMailbox(text, `a@${text}`),
  parsePhoneNumber: (text) => parsePhoneNumber(`+1 ${text}`),
  parseLocale,
  readTypedCode: (text) => readTypedCode(text, 6),
  parseOtpauthUri: (text) => parseOtpauthUri(`otpauth://totp/${text}?secret=${text}`, { allowsShortSecret: false }),
  mailboxOf: (text) => mailboxOf(`${text}@gmail.com`),
  readTarget: (text) => readTarget(`/${text}`),
  "readTarget of the absolute form": (text) => readTarget(`http://${text}`),
  bearerToken: (text) => bearerToken(webRequest({ authorization: `bearer ${text}` }), "bank"),
  requireTenant: (text) => requireTenant(webRequest({ authorization: `basic ${text}` }), "bank"),
  createOwnTokens: (text) => ownTokens.isOfKind(`${text}.a.b`),
  readSignInChallenge: (text) => readSignInChallenge({ issuer: "bank", keyring }, text, 0),
  "isHashOf of a keyring": (text) => keyring.isHashOf(text, [text]),
  "isResponse of a recovery code": (text) => recoveryCode.isResponse(text),
  parseAuthenticationResponse: (text) => parseAuthenticationResponse({ id: text, rawId: text, response: {} }),
  parseDecimal,
  parseIp,
  joinKey: (text) => Buffer.from(joinKey([text])),
};

const language = createLanguages(new Map()).choose({});
const presentation = { dataPoints: new Map<string, never>(), language };

const others: Functions = {
  "shownDetails of an amount": (text) => shownDetails({ amount: text, currency: "EUR" }, presentation),
  "shownDetails of a text": (text) => shownDetails({ text }, presentation),
  ...Object.fromEntries(
    (["date", "dateTime", "iban", "masked"] as const).map((format) => [
      `formatText of ${format}`,
      (text: string) => formatText(text, format, language),
    ]),
  ),
  shownText: (text) => shownText(text, language),
  wantedLocales: (text) => wantedLocales({ uiLocales: text, acceptLanguage: text }),
  visible,
  readableName,
  contextualMessage: (text) =>
    contextualMessage(
      { en: { defaultTemplate: "{{action.text}}" } },
      [text],
      {
        action: { text },
        userCustom: {},
        user: undefined,
      },
      presentation,
    ),
  "html, between tags": (text) => html`<p>${text}</p>`,
  "html, in an attribute": (text) => html`<p title="${text}"></p>`,
  "read of cookies": (text) => cookies.read(webRequest({ cookie: `a=${text}` }), "console"),
  isDirect: (text) => isDirect(webRequest({ [`x-${text}`]: "1" })),
  isLoopbackHost: (text) => isLoopbackHost(`${text}localhost`),
  parseRedirectUrlTo: (text) => parseRedirectUrl(`https://${text}`, redirectTargets),
  withoutStrayPercents,
  printable,
  "a line of the request log": (text) =>
    requestLog.onEvent({ type: "action.tracked", at: 0, action: text, userId: text, outcome: "BLOCK" } as never),
  parseSignature: (text) => parseSignature(`t=1,v2=${text}`),
  keySegment,
  isToken,
  "boundValue of a text": (text) => boundValue({ userId: text }, "userId"),
  "boundValue of a document": (text) => boundValue({ document: { text } }, "document"),
  numbersOf: (text) => numbersOf(`${text}:1`, 2),
};

const characters = ["0", "a", "A", " ", "\t", "-", ".", ",", ";", "/", "\\", '"', "%", ":", "=", "@", "[", "<"];
const controls = ["\u0000", "\u200d", "\u202e", "\u00e9", "\ud800"];

/** The characters of which twice as many take more than two and a half times as long. */
function growingAt(work: (text: string) => unknown): readonly string[] {
  return [...characters, ...controls].flatMap((character) => {
    const text = character.repeat(LENGTH);
    if (costPerCharacter(work, text.repeat(2), [SURELY_LINEAR, Number.POSITIVE_INFINITY]) < SURELY_LINEAR) return [];
    const ratio = growth(work, text, MOST);
    return ratio <= MOST ? [] : [`${JSON.stringify(character)}: ${ratio.toFixed(2)}`];
  });
}

describe("T54: twice the text takes at most two and a half times as long", () => {
  it("which what groups digits by a lookahead does not", () => {
    const group = (text: string): unknown => text.replaceAll(/(\d)(?=(\d{3})+(?!\d))/g, "$1,");
    expect(growth(group, "1".repeat(1_024), MOST)).toBeGreaterThan(MOST);
  }, 300_000);

  it.each(Object.entries({ ...core, ...engine, ...others }))(
    "%s",
    (_name, work) => {
      expect(growingAt(work)).toEqual([]);
    },
    300_000,
  );
});
