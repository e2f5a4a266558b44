import { parseRedirectUrl } from "@require-action/core/options";
import { type Authenticator, type Engine, EngineError } from "@require-action/engine";
import { maskedAddress, mayApprove, pickFields, shownFields } from "@require-action/engine/server";
import type { ActionKey, ActionRecord, UserRecord } from "@require-action/engine/store";
import type { Language } from "../languages/languages.ts";
import { type LanguageHints, wantedLocales } from "../languages/wanted-locales.ts";
import type { ParsedPageOptions } from "./challenge-page-options.ts";
import { contextualMessage } from "./contextual-message.ts";
import type { PageBearer } from "./page-bearer.ts";
import { listPhoneCountries } from "../languages/phone-countries.ts";
import { pageLanguage } from "../languages/page-language.ts";
import type { PageScreen, PageState } from "./page-state.ts";
import { shownAuthenticators, shownMethods } from "./shown-authenticators.ts";
import { presentationOf, shownDetails } from "./shown-details.ts";
import { readableName, visible } from "./visible-text.ts";

/** Methods that the page speaks, in the order it offers them. The last one is for when all others are lost. */
const pageMethods = [
  "PASSKEY",
  "AUTHENTICATOR_APP",
  "SMS",
  "WHATSAPP",
  "EMAIL_OTP",
  "EMAIL_MAGIC_LINK",
  "RECOVERY_CODE",
];
const phoneMethods: ReadonlySet<string> = new Set(["SMS", "WHATSAPP"]);
/** A mailbox is set up by a code: it says as much, and asks for less. */
const notEnrolledHere: ReadonlySet<string> = new Set(["EMAIL_MAGIC_LINK", "RECOVERY_CODE"]);

/** What the browser adds to the token. None of it decides anything but what is shown. */
export interface PageRequest {
  readonly isSettings: boolean;
  /** The language that the page is in so far. */
  readonly language: string | undefined;
  readonly hints: LanguageHints;
}

/** Returns what the page is about. @throws EngineError `token_invalid` */
export async function describeChallenge(
  engine: Engine,
  options: ParsedPageOptions,
  bearer: PageBearer,
  { isSettings, language: current, hints: given }: PageRequest,
): Promise<PageState> {
  const { token, key, authenticators, expiresAt } = bearer;
  const [action, user, sentCodes] = await Promise.all([
    engine.actions.find(key),
    engine.users.find(key.userId),
    engine.challenges.sentCodes(token),
  ]);
  if (action === undefined) throw new EngineError("token_invalid", "The token is not valid here.");
  const { attributes } = action;
  const email = attributes.email ?? user?.email;
  const phoneNumber = attributes.phoneNumber ?? user?.phoneNumber;
  const { language, shown } = describeAction(engine, options, action, user, given);
  const redirect = parseRedirectUrl(attributes.redirectUrl, options.returnTargets);
  const accepted = acceptedMethods(engine, action, authenticators);
  const isOld = ({ verificationMethod, verifiedAt = "" }: Authenticator): boolean =>
    mayApprove(action, { verificationMethod, verifiedAt: Date.parse(verifiedAt) });
  const methods = accepted.filter(isOld);
  const addable = addableMethods(engine, action, bearer);
  const completing = addable.filter((method) => accepts(action, method));
  const screen = screenOf(action, bearer, {
    isSettings,
    canAnswer: methods.length > 0,
    isTooNew: accepted.length > 0,
    canEnroll: completing.length > 0,
  });
  // What is set up for an action is of use for it.
  const enrollable = screen === "enroll" ? completing : addable;
  const asksForPhone = phoneNumber === undefined && enrollable.some((method) => phoneMethods.has(method));
  return {
    ...(language.tag === current ? {} : { language: pageLanguage(language) }),
    screen,
    action: shown,
    user: {
      name: visible(user?.displayName ?? attributes.username ?? user?.username ?? email ?? key.userId),
      ...(email === undefined ? {} : { email }),
      ...(phoneNumber === undefined ? {} : { phoneNumber }),
    },
    methods: shownMethods(methods, authenticators.filter(isOld), language),
    enrollable,
    ...(asksForPhone ? { phones: await listPhoneCountries(language) } : {}),
    enrollingApproves:
      screen === "enroll" &&
      authenticators.length === 0 &&
      action.state === "CHALLENGE_REQUIRED" &&
      action.enrolledBefore === undefined,
    authenticators: screen === "settings" ? shownAuthenticators(authenticators, language) : [],
    sentCodes: sentCodes.map(({ verificationMethod, purpose, email, phoneNumber, sentAt }) => ({
      verificationMethod,
      purpose,
      hint: maskedAddress(email ?? phoneNumber ?? ""),
      sentAgoMs: Math.max(0, options.clock.now() - sentAt),
    })),
    ...(screen === "challenge" && action.rememberDays !== undefined ? { rememberDays: action.rememberDays } : {}),
    expiresInMs: Math.max(0, expiresAt - options.clock.now()),
    ...("url" in redirect ? { redirectUrl: redirect.url } : {}),
  };
}

/** What the page shows of an action, and in which language. */
function describeAction(
  engine: Engine,
  options: ParsedPageOptions,
  action: ActionRecord,
  user: UserRecord | undefined,
  given: LanguageHints,
): { readonly language: Language; readonly shown: PageState["action"] } {
  const fields = shownFields(action);
  const hints = { ...given, action: action.attributes.locale, user: user?.locale };
  const language = options.languages.choose(hints);
  const presentation = presentationOf(engine, language);
  const message = contextualMessage(
    options.messagingTemplates(action.action),
    wantedLocales(hints),
    { action: fields, user, userCustom: pickFields(user?.custom, engine.shownDataPoints("user")) },
    presentation,
  );
  return {
    language,
    shown: {
      name: readableName(action.action),
      ...(message === undefined ? {} : { message: message.parts }),
      details: shownDetails(fields, presentation, message?.named),
    },
  };
}

/**
 * What the page shows of the bearer's action as one text, a line for each: the name, the message, and each detail. A passkey signs
 * its hash, and whoever verifies the approval reads it as the user did.
 */
export async function shownText(
  engine: Engine,
  options: ParsedPageOptions,
  { key }: PageBearer,
  { language: current, hints }: PageRequest,
): Promise<{ readonly locale: string; readonly text: string }> {
  const [action, user] = await Promise.all([engine.actions.find(key), engine.users.find(key.userId)]);
  if (action === undefined) throw new EngineError("token_invalid", "The token is not valid here.");
  // The page says which language it is in, which is what its reader saw.
  const page = { ...hints, uiLocales: [current, hints.uiLocales].filter((one) => one !== undefined).join(" ") };
  const { language, shown } = describeAction(engine, options, action, user, page);
  const { name, message = [], details } = shown;
  const said = message.map((part) => (typeof part === "string" ? part : part.value)).join("");
  const lines = [name, ...(said === "" ? [] : [said]), ...details.map(({ label, value }) => `${label}: ${value}`)];
  return { locale: language.tag, text: lines.join("\n") };
}

/** Where the bearer of a token that has expired may return to, to start again. Nobody else learns it. */
export async function returnAddressOf(
  engine: Engine,
  { returnTargets }: ParsedPageOptions,
  key: ActionKey,
): Promise<string | undefined> {
  const action = await engine.actions.find(key);
  const redirect = parseRedirectUrl(action?.attributes.redirectUrl, returnTargets);
  return "url" in redirect ? redirect.url : undefined;
}

function screenOf(
  { state }: ActionRecord,
  { isProved, scope, authenticators }: PageBearer,
  {
    isSettings,
    canAnswer,
    isTooNew,
    canEnroll,
  }: {
    readonly isSettings: boolean;
    readonly canAnswer: boolean;
    readonly isTooNew: boolean;
    readonly canEnroll: boolean;
  },
): PageScreen {
  switch (state) {
    case "CHALLENGE_REQUIRED":
      if (isSettings && (scope.has("add:authenticators") || scope.has("remove:authenticators"))) return "settings";
      if (canAnswer) return "challenge";
      if (isTooNew) return "too-new";
      return canEnroll ? "enroll" : "stuck";
    case "ALLOW":
      // Nothing is left to approve, so the page is about the factors, as Authsignal's is.
      return authenticators.length === 0 && canEnroll ? "enroll" : "settings";
    case "CHALLENGE_SUCCEEDED":
      return isSettings && isProved ? "settings" : "approved";
    case "REVIEW_REQUIRED":
      return "under-review";
    case "REVIEW_SUCCEEDED":
      return "approved";
    case "BLOCK":
    case "CHALLENGE_FAILED":
    case "REVIEW_FAILED":
      return "refused";
  }
}

function accepts({ allowedVerificationMethods }: ActionRecord, method: string): boolean {
  return allowedVerificationMethods?.includes(method) ?? true;
}

/** The user's authenticators of methods that complete this challenge: the preferred one first, the backup last. */
function acceptedMethods(
  { verificationMethods }: Engine,
  action: ActionRecord,
  authenticators: readonly Authenticator[],
): readonly Authenticator[] {
  const rank = ({ verificationMethod }: Authenticator): number => {
    if (verificationMethod === action.defaultVerificationMethod) return -1;
    return pageMethods.indexOf(verificationMethod);
  };
  // The oldest of each: where one of before may approve, a newer one must not hide it.
  const oneOfEach = new Map(authenticators.toReversed().map((one) => [one.verificationMethod, one] as const));
  return [...oneOfEach.values()]
    .filter(
      ({ verificationMethod: method }) =>
        pageMethods.includes(method) &&
        accepts(action, method) &&
        // One that has been taken from the engine since is no way to answer.
        verificationMethods.some(({ name }) => name === method),
    )
    .sort((one, other) => rank(one) - rank(other));
}

/** What the engine lets this bearer add: anything with the right to, else a first factor that the action accepts. */
function addableMethods(
  { verificationMethods }: Engine,
  action: ActionRecord,
  { isProved, scope, authenticators }: PageBearer,
): readonly string[] {
  const offered = pageMethods.filter(
    (method) => !notEnrolledHere.has(method) && verificationMethods.some(({ name }) => name === method),
  );
  if (isProved || scope.has("add:authenticators")) return offered;
  return authenticators.length === 0 ? offered.filter((method) => accepts(action, method)) : [];
}
