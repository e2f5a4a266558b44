import { type Engine, EngineError } from "@require-action/engine";
import type { Route } from "../http/router.ts";
import { type ChallengePageOptions, parsePageOptions } from "./challenge-page-options.ts";
import { describeChallenge, type PageRequest } from "./describe-challenge.ts";
import { createPageAssets } from "./page-assets.ts";
import { readBearer } from "./page-bearer.ts";
import { createPageDocument } from "./page-document.ts";
import { qrPath } from "./qr-path.ts";

const MAX_LOCALE = 64;

/**
 * Creates the routes of the challenge page, which stand where `baseUrl` of the engine says: the page itself at
 * `/challenge`, and what it needs below. The page also calls the Client API, at `clientPath`.
 * @throws ConfigurationError that names the option
 */
export function createPageRoutes(engine: Engine, options: ChallengePageOptions = {}): readonly Route[] {
  const parsed = parsePageOptions(options);
  const assets = createPageAssets();
  const pageDocument = createPageDocument(parsed, assets);

  return [
    { method: "GET", path: "/challenge", handle: async () => pageDocument() },
    {
      method: "GET",
      path: "/challenge/assets/:version/:file",
      async handle({ params }) {
        const asset = assets.files.get(params.get("file") ?? "");
        if (asset === undefined || params.get("version") !== assets.version) {
          throw new EngineError("not_found", "There is no such file.");
        }
        return new Response(asset.text, {
          headers: {
            "content-type": asset.type,
            "cache-control": "public, max-age=31536000, immutable",
            "cross-origin-resource-policy": "same-origin",
            "x-content-type-options": "nosniff",
          },
        });
      },
    },
    {
      method: "POST",
      path: "/challenge/init",
      async handle({ request, body }) {
        return describeChallenge(engine, parsed, await readBearer(engine, request), parsePageRequest(body));
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
  ];
}

function parsePageRequest({ view, locale }: Readonly<Record<string, unknown>>): PageRequest {
  return {
    isSettings: view === "settings",
    locale: typeof locale === "string" && locale.length <= MAX_LOCALE ? locale : undefined,
  };
}
