import { randomUUID } from "node:crypto";
import type { TrackAnswer } from "@require-action/core";
import type { EngineTrackRequest, Route, RoutedRequest } from "@require-action/engine";
import { settingsUrl } from "../pages/index.ts";
import { enrolledMethods } from "./enrolled-methods.ts";
import { type Body, optionalFlag, optionalText, pickMembers, userIdOf } from "./members.ts";
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

/** Tracks an action. @see https://docs.authsignal.com/api-reference/server-api/track-action */
export function trackRoute({ engine, checkRedirectUrl, codes }: ServerApiContext): Route {
  async function handle({ request, params, body }: RoutedRequest): Promise<unknown> {
    const userId = userIdOf(params);
    const action = params.get("action") ?? "";
    const challengeId = optionalText(body, "challengeId");
    if (challengeId !== undefined && codes === undefined) {
      return notSupported("Challenges to addresses are not set up here, so challengeId means nothing.");
    }
    const verified = challengeId === undefined ? undefined : await codes?.claims.find(challengeId, userId, action);
    const idempotencyKey = optionalText(body, "idempotencyKey") ?? verified?.challenge.idempotencyKey ?? randomUUID();
    const redirectUrl = optionalText(body, "redirectUrl");
    if (redirectUrl !== undefined) checkRedirectUrl(redirectUrl);
    const opensSettings = optionalFlag(body, "redirectToSettings") ?? false;
    // Named by apps of Authsignal's cloud, where it picks the host of the page. Here there is one.
    optionalText(body, "customDomain");

    const key = { userId, action, idempotencyKey };
    const answer = await engine.track(
      { userId, action, attributes: attributesOf(body, idempotencyKey) },
      { signal: request.signal },
    );
    if (verified !== undefined && answer.state === "CHALLENGE_REQUIRED") {
      const token = await codes?.claims.complete(key, answer, verified);
      if (token !== undefined) return { ...describe(answer, opensSettings), state: "CHALLENGE_SUCCEEDED", token };
    }
    return { ...describe(answer, opensSettings), state: await stateFor(userId, answer) };
  }

  /**
   * Authsignal lets a user pass who has nothing to be challenged with, and says so in `isEnrolled`. That is for users
   * without any authenticator: one who has some, but none that this action accepts, is challenged all the same.
   */
  async function stateFor(userId: string, { state, isEnrolled }: TrackAnswer): Promise<TrackAnswer["state"]> {
    if (state !== "CHALLENGE_REQUIRED" || isEnrolled) return state;
    return (await enrolledMethods(engine, userId)).length === 0 ? "ALLOW" : state;
  }

  return { method: "POST", path: "/users/:userId/actions/:action", handle };
}

/** Unread: the engine looks at every one of them. */
function attributesOf(body: Body, idempotencyKey: string): EngineTrackRequest["attributes"] {
  return { ...(pickMembers(body, names) as object), idempotencyKey };
}

function describe(answer: TrackAnswer, opensSettings: boolean): object {
  const { outcome: _outcome, tokenExpiresAt: _expiresAt, url, ...wire } = answer;
  return { ...wire, ...(url === undefined ? {} : { url: opensSettings ? settingsUrl(url) : url }) };
}
