import { ConfigurationError } from "@require-action/core";
import { declaring } from "@require-action/core/options";
import { type ReviewerIdentity, type ReviewerRole, reviewerRoles } from "@require-action/engine/reviewers";
import { createKeyedHashes } from "@require-action/engine/server";
import * as oidc from "openid-client";
import type { ConsoleOidc, OidcAnswer } from "../console/console-oidc.ts";
import { failureOf, isUnreachable } from "./oidc-failures.ts";
import { type ConsoleOidcOptions, parseOidcOptions } from "./oidc-options.ts";

const TIMEOUT_SECONDS = 10;
/** Answers that are read at once: whoever is not signed in can have each of them ask the provider. */
const MAX_EXCHANGES = 8;
const MAX_SUBJECT = 255;
const MAX_GROUPS = 1000;

/**
 * Has reviewers sign in to the console with accounts of an OpenID Connect provider: by authorization code with PKCE, state and nonce,
 * and an ID token whose signature is verified. It reads the provider's discovery document now. Pass what it resolves to as
 * `console.oidc` of `createServer`. Needs the package `openid-client`.
 * @throws ConfigurationError that names the option: `issuer`, where the provider does not answer or names itself otherwise
 * @example
 * const oidc = await createConsoleOidc({
 *   issuer: "https://id.example",
 *   clientId: "review-console",
 *   clientSecret: process.env.OIDC_CLIENT_SECRET ?? "",
 *   consoleUrl: "https://bank.example/console",
 *   reviewers: [{ id: "bob", subject: "00u1x2y3z4", role: "decide", userIds: ["bob@bank.example"] }],
 * });
 * const server = createServer(engine, { apiSecrets: [process.env.API_SECRET ?? ""], tenantId: "bank", console: { oidc } });
 */
export function createConsoleOidc(options: ConsoleOidcOptions): Promise<ConsoleOidc> {
  return declaring("createConsoleOidc", async () => {
    const parsed = parseOidcOptions(options);
    return joinProvider(parsed, await discover(parsed));
  });
}

async function discover({
  issuer,
  clientId,
  clientSecret,
  clientAuthentication,
}: ConsoleOidcOptions): Promise<oidc.Configuration> {
  const authentication =
    clientAuthentication === "client_secret_post"
      ? oidc.ClientSecretPost(clientSecret)
      : oidc.ClientSecretBasic(clientSecret);
  const isPlain = new URL(issuer).protocol === "http:";
  let configuration: oidc.Configuration;
  try {
    configuration = await oidc.discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: TIMEOUT_SECONDS,
      execute: [oidc.enableNonRepudiationChecks, ...(isPlain ? [oidc.allowInsecureRequests] : [])],
    });
  } catch (error) {
    const problem = isUnreachable(error)
      ? "does not answer with a discovery document (/.well-known/openid-configuration)"
      : "has a discovery document that cannot be used: is it of this issuer?";
    throw new ConfigurationError("issuer", problem);
  }
  const metadata = configuration.serverMetadata();
  // A provider of many tenants names itself by a template, and a subject is of one of them.
  if (metadata.issuer !== issuer) {
    throw new ConfigurationError("issuer", "must be the issuer of its discovery document, to the letter");
  }
  for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const) {
    if (metadata[name] === undefined)
      throw new ConfigurationError("issuer", `has no ${name} in its discovery document`);
  }
  return configuration;
}

function joinProvider(options: ConsoleOidcOptions, configuration: oidc.Configuration): ConsoleOidc {
  const { issuer, consoleUrl, reviewers, groups, scopes = [], maxAgeSeconds, acrValues, name } = options;
  const redirectUri = `${consoleUrl}/sign-in-oidc-callback`;
  const roles = new Map(groups?.roles.map(({ group, role }) => [group, role]));
  const bySubject = new Map(reviewers.map((reviewer) => [reviewer.subject, reviewer]));
  const { end_session_endpoint: endSession } = configuration.serverMetadata();
  let underWay = 0;

  function identityOf(claims: oidc.IDToken): OidcAnswer {
    const { sub, acr } = claims;
    if (sub.length > MAX_SUBJECT || /\P{ASCII}|\p{Cc}/u.test(sub)) return { refused: "oidc_subject_malformed" };
    if (acrValues !== undefined && !(typeof acr === "string" && acrValues.includes(acr))) {
      return { refused: "oidc_acr_insufficient" };
    }
    return { identity: { issuer, subject: sub, groups: groupsIn(claims) } };
  }

  /** Those that say something, so that a session keeps no more. */
  function groupsIn(claims: oidc.IDToken): readonly string[] {
    if (groups === undefined) return [];
    const claim = groups.claim ?? "groups";
    const given: unknown = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    const list: readonly unknown[] = Array.isArray(given) ? given.slice(0, MAX_GROUPS) : [given];
    return [...roles.keys()].filter((group) => list.includes(group));
  }

  async function exchange(secret: string, search: string): Promise<OidcAnswer> {
    const { state, nonce, verifier } = secretsOf(secret);
    const address = new URL(redirectUri);
    address.search = search;
    try {
      const tokens = await oidc.authorizationCodeGrant(configuration, address, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
        ...(maxAgeSeconds === undefined ? {} : { maxAge: maxAgeSeconds }),
      });
      const claims = tokens.claims();
      return claims === undefined ? { refused: "oidc_token_invalid" } : identityOf(claims);
    } catch (error) {
      return failureOf(error);
    }
  }

  return {
    issuer,
    name: name ?? new URL(issuer).host,
    reviewerIds: reviewers.map(({ id }) => id),
    signOutUrl: endSession === undefined ? undefined : oidc.buildEndSessionUrl(configuration).href,
    async begin(secret) {
      const { state, nonce, verifier } = secretsOf(secret);
      const url = oidc.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: ["openid", ...scopes].join(" "),
        state,
        nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
        ...(acrValues === undefined ? {} : { acr_values: acrValues.join(" ") }),
      });
      return url.href;
    },
    async complete(secret, search) {
      if (underWay >= MAX_EXCHANGES) return { unavailable: "oidc_busy" };
      underWay++;
      try {
        return await exchange(secret, search);
      } finally {
        underWay--;
      }
    },
    authorityOf(identity) {
      const reviewer = identity.issuer === issuer ? bySubject.get(identity.subject) : undefined;
      const role = reviewer?.role ?? strongest(identity, roles);
      if (reviewer === undefined || role === undefined) return undefined;
      return { reviewerId: reviewer.id, role, userIds: reviewer.userIds };
    },
  };
}

/** What the provider's answer has to meet again, which whoever has not this browser's secret cannot know. */
function secretsOf(secret: string): { readonly state: string; readonly nonce: string; readonly verifier: string } {
  const { hash } = createKeyedHashes([Buffer.from(secret)]);
  return { state: hash(["oidc-state"]), nonce: hash(["oidc-nonce"]), verifier: hash(["oidc-verifier"]) };
}

function strongest({ groups }: ReviewerIdentity, roles: ReadonlyMap<string, ReviewerRole>): ReviewerRole | undefined {
  const given = groups.map((group) => roles.get(group));
  return reviewerRoles.findLast((role) => given.includes(role));
}
