import { type Engine, EngineError } from "@require-action/engine";
import { readPhoneNumber } from "../languages/phone-countries.ts";
import { replyToError } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import { type ChallengePageOptions, parsePageOptions } from "./challenge-page-options.ts";
import { describeChallenge, type PageRequest, returnAddressOf, shownText } from "./describe-challenge.ts";
import { createPageDocument, createPageScript, logoReply } from "./page-document.ts";
import { ExpiredBearer, readBearer } from "./page-bearer.ts";
import { qrPath } from "./qr-path.ts";

const MAX_LOCALES = 1000;

/**
 * Creates the routes of the challenge page, which stand where `baseUrl` of the engine says: the page itself at
 * `/challenge`, and what it needs below. The page also calls the Client API, at `clientPath`.
 * @throws ConfigurationError that names the option
 */
export function createPageRoutes(engine: Engine, options: ChallengePageOptions = {}): readonly Route[] {
  const parsed = parsePageOptions(options);
  const script = createPageScript();
  const pageDocument = createPageDocument(parsed, script);
  const logo = parsed.theme.logo?.file;

  return [
    { method: "GET", path: "/challenge", handle: ({ request, url }) => pageDocument(request, url) },
    {
      // Browsers ask at the root of the domain that passkeys are made for (WebAuthn Level 3 section 5.11).
      method: "GET",
      path: "/.well-known/webauthn",
      async handle() {
        if (engine.relatedOrigins.length === 0) throw new EngineError("not_found", "There are no related origins.");
        return { origins: engine.relatedOrigins };
      },
    },
    {
      method: "GET",
      path: "/challenge/assets/:version/:file",
      async handle({ request, params }) {
        const isFile = ({ version, name }: { readonly version: string; readonly name: string }): boolean =>
          params.get("version") === version && params.get("file") === name;
        if (isFile(script)) return script.reply(request);
        if (logo !== undefined && isFile(logo)) return logoReply(logo);
        throw new EngineError("not_found", "There is no such file.");
      },
    },
    {
      method: "POST",
      path: "/challenge/init",
      async handle({ request, body }) {
        try {
          return await describeChallenge(
            engine,
            parsed,
            await readBearer(engine, request),
            parsePageRequest(request, body),
          );
        } catch (error) {
          if (!(error instanceof ExpiredBearer)) throw error;
          const refusal = replyToError(error);
          const redirectUrl = await returnAddressOf(engine, parsed, error.key);
          if (redirectUrl === undefined) return refusal;
          const refused = (await refusal.json()) as object;
          return new Response(JSON.stringify({ ...refused, redirectUrl }), refusal);
        }
      },
    },
    {
      // The Client API's challenge, of what the page shows.
      method: "POST",
      path: "/challenge/passkey",
      async handle({ request, body }) {
        const bearer = await readBearer(engine, request);
        const shown = await shownText(engine, parsed, bearer, parsePageRequest(request, body));
        return engine.challenges.send(bearer.token, "PASSKEY", { shown });
      },
    },
    {
      // The Client API's enrolment, with the picture that the page shows.
      method: "POST",
      path: "/challenge/authenticator-app",
      async handle({ request }) {
        const { token } = await readBearer(engine, request);
        const { uri = "", ...reply } = await engine.challenges.enroll(token, "AUTHENTICATOR_APP", {});
        return { ...reply, uri, qr: qrPath(uri) };
      },
    },
    {
      // The Client API's enrolment of a phone, with the number as its owner writes it.
      method: "POST",
      path: "/challenge/phone",
      async handle({ request, body: { verificationMethod, country, number } }) {
        const { token } = await readBearer(engine, request);
        const phoneNumber = await readPhoneNumber(number, country);
        if (phoneNumber === undefined || typeof verificationMethod !== "string") {
          throw new EngineError("request_invalid", "number is no phone number.", { field: "phoneNumber" });
        }
        await engine.challenges.enroll(token, verificationMethod, { phoneNumber });
        return { phoneNumber };
      },
    },
  ];
}

function parsePageRequest(
  { headers }: Request,
  { view, language, uiLocales }: Readonly<Record<string, unknown>>,
): PageRequest {
  const text = (given: unknown): string | undefined =>
    typeof given === "string" && given.length <= MAX_LOCALES ? given : undefined;
  return {
    isSettings: view === "settings",
    language: text(language),
    hints: { uiLocales: text(uiLocales), acceptLanguage: headers.get("accept-language") },
  };
}
