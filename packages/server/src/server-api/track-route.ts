import { randomUUID } from "node:crypto";
import { parseRedirectUrl } from "@require-action/core/options";
import { ProviderError, type TrackAnswer } from "@require-action/core/provider";
import type { EngineTrackRequest } from "@require-action/engine/server";
import { errorReply } from "../http/reply.ts";
import { backupMethod, preferredMethod } from "../client-api/authenticator-view.ts";
import type { Route, RoutedRequest } from "../http/router.ts";
import { enrolledMethods } from "./user-routes.ts";
import {
  type Body,
  invalid,
  optionalFlag,
  optionalText,
  pathId,
  pickMembers,
  userIdOf,
} from "../http/request-fields.ts";
import { notSupported } from "./not-supported.ts";
import type { ServerApiContext } from "./server-api-context.ts";

const names: readonly (keyof EngineTrackRequest["attributes"])[] = [
  "idempotencyKey",
  "redirectUrl",
  "ipAddress",
  "userAgent",
  "deviceId",
  "scope",
  "email",
  "phoneNumber",
  "username",
  "custom",
  "locale",
];

const DEFAULT_SCOPE = "read:authenticators";

/** Tracks an action. @see https://docs.authsignal.com/api-reference/server-api/track-action */
export function trackRoute(context: ServerApiContext): Route {
  const { engine, redirectTargets, codes, isStrict } = context;

  async function handle({ signal, params, body }: RoutedRequest): Promise<unknown> {
    const userId = userIdOf(params);
    const action = params.get("action") ?? "";
    const challengeId = optionalText(body, "challengeId");
    if (challengeId !== undefined && codes === undefined) {
      return notSupported("Challenges to addresses are not set up here, so challengeId means nothing.");
    }
    const verified = challengeId === undefined ? undefined : await codes?.claims.find(challengeId, userId, action);
    const given = optionalText(body, "idempotencyKey");
    const idempotencyKey =
      given === undefined ? (verified?.challenge.idempotencyKey ?? randomUUID()) : pathId("idempotencyKey", given);
    const redirectUrl = optionalText(body, "redirectUrl");
    const redirect = redirectUrl === undefined ? undefined : parseRedirectUrl(redirectUrl, redirectTargets);
    if (redirect && "problem" in redirect) throw invalid(`redirectUrl ${redirect.problem}.`);
    const opensSettings = optionalFlag(body, "redirectToSettings") ?? false;
    // Named by apps of Authsignal's cloud, where it picks the host of the page. Here there is one.
    optionalText(body, "customDomain");

    const key = { userId, action, idempotencyKey };
    const answer = await engine.track(
      { userId, action, attributes: attributesOf(body, idempotencyKey, isStrict), takesDeviceSecrets: false },
      { signal },
    );
    if (verified !== undefined && answer.state === "CHALLENGE_REQUIRED") {
      const token = await codes?.claims.complete(key, answer, verified);
      if (token !== undefined) {
        return Object.assign(describe(answer, opensSettings), { state: "CHALLENGE_SUCCEEDED", token });
      }
    }
    const described = describe(answer, opensSettings);
    const { state } = answer;
    if (!isStrict) described["state"] = state === "CHALLENGE_REQUIRED" ? await stateFor(userId, answer) : state;
    else if (state === "ALLOW") Object.assign(described, { token: undefined, url: undefined });
    return described;
  }

  /**
   * Authsignal lets a user pass who has nothing to be challenged with, and says so in `isEnrolled`. That is for users
   * without any authenticator: one who has some, but none that this action accepts, is challenged all the same.
   */
  async function stateFor(userId: string, { state, isEnrolled }: TrackAnswer): Promise<TrackAnswer["state"]> {
    if (isEnrolled) return state;
    return (await enrolledMethods(engine, userId)).length === 0 ? "ALLOW" : state;
  }

  return {
    method: "POST",
    path: "/users/:userId/actions/:action",
    handle: (routed) => handle(routed).catch(replyIfBusy),
  };
}

/** A store that has too much to do is busy rather than down, and guards far away have only the status to go by. */
function replyIfBusy(error: unknown): Response {
  if (!(error instanceof ProviderError) || error.code !== "provider_busy") throw error;
  return errorReply(429, "too_many_requests", "There is too much to do right now; repeat the request later.", {
    "retry-after": String(Math.max(1, Math.ceil(error.retryAfterSeconds ?? 1))),
  });
}

/** Unread: the engine looks at every one of them. With a scope, Authsignal's own where none is named, ALLOW has a token too. */
function attributesOf(body: Body, idempotencyKey: string, isStrict: boolean): EngineTrackRequest["attributes"] {
  const attributes = pickMembers(body, names);
  if (!isStrict) attributes["scope"] ??= DEFAULT_SCOPE;
  attributes["idempotencyKey"] = idempotencyKey;
  return attributes as unknown as EngineTrackRequest["attributes"];
}

/** Put together by name rather than by spreading, as every decision passes here. */
function describe(answer: TrackAnswer, opensSettings: boolean): Record<string, unknown> {
  const described: Record<string, unknown> = {};
  for (const name of Object.keys(answer)) if (!unsent.has(name)) described[name] = answer[name as keyof TrackAnswer];
  const { outcome, url, allowedVerificationMethods: allowed = [], enrolledVerificationMethods: enrolled = [] } = answer;
  const byDefault = answer.defaultVerificationMethod ?? preferredMethod(allowed, enrolled);
  described["allowedVerificationMethods"] = allowed.includes(backupMethod)
    ? allowed.filter((method) => method !== backupMethod)
    : allowed;
  if (byDefault !== undefined) described["defaultVerificationMethod"] = byDefault;
  if (url !== undefined) described["url"] = opensSettings ? settingsUrl(url) : url;
  // Not Authsignal's: guards ask a user to enrol whom the policy challenges, and not one whom it allows.
  if (outcome !== undefined) described["requireAction"] = { outcome };
  return described;
}

/** What is said otherwise, or not at all. */
const unsent: ReadonlySet<string> = new Set(["outcome", "tokenExpiresAt", "url", "allowedVerificationMethods"]);

/** Makes of a `url` that `track` returned the one that opens the management of factors, for `redirectToSettings`. */
export function settingsUrl(url: string): string {
  const settings = new URL(url);
  settings.searchParams.set("view", "settings");
  return settings.href;
}
