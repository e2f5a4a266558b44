import { type CallOptions, createHoldOff, createLoadWatch, ProviderError } from "@require-action/core/provider";
import type { Dispatcher } from "undici";
import { createAgent } from "../http/agent.ts";
import { isAbsence, successBody } from "../http/answer-body.ts";
import { exchange, type HttpAnswer, type HttpRequest } from "../http/exchange.ts";
import { late, unanswered, unsuccessful } from "../http/failures.ts";
import { actionSegment, type Api, keySegment, trackBody, userSegment } from "./api.ts";
import type { ServerApiTarget } from "./options.ts";

/** The version of the API whose shapes are read here; the official SDK sends the same. */
const API_VERSION = "2.20.0";
const USER_AGENT = "require-action";

/** undici's time limits for a connection, headers and body: shorter ones than the guard's deadline end a call first. */
const CLIENT_TIMEOUTS: ReadonlySet<unknown> = new Set([
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_BODY_TIMEOUT",
]);
const CLIENT_TIMEOUT_MS = 10_000;

/**
 * Creates the three calls over Authsignal's Server API.
 * @see https://docs.authsignal.com/api-reference/server-api/overview
 */
export function createServerApi(target: ServerApiTarget): Api {
  const { origin, basePath, apiSecretKey, clock } = target;
  const dispatcher: Dispatcher = target.dispatcher ?? createAgent();
  const holdOff = createHoldOff(clock);
  const watch = createLoadWatch();
  const authorization = `Basic ${Buffer.from(`${apiSecretKey}:`).toString("base64")}`;

  /** `name` is what a 429 holds off: this call for this user, as a limit that one user ran into is not another's. */
  async function call(name: string, request: HttpRequest, options: CallOptions): Promise<HttpAnswer> {
    const secondsLeft = holdOff.secondsLeft(name);
    if (secondsLeft > 0) {
      throw new ProviderError("provider_busy", "Authsignal asked not to be called yet (429)", {
        retryAfterSeconds: secondsLeft,
      });
    }
    const wait = watch.begin(CLIENT_TIMEOUT_MS);
    let result = await exchange(dispatcher, request, options);
    // Sent once more when the connection was refused or closed before any answer, as happens to an idle connection that
    // the server closes at that moment. `track` carries its idempotency key, so that Authsignal decides once even if the
    // first request arrived; the other two only ask. Any answer at all, also 500, is final here. A guard has its say: this
    // is the one retry that it allows a call, and not in an outage.
    if ("failure" in result && result.failure === "broken" && (options.mayRepeat?.() ?? true)) {
      result = await exchange(dispatcher, request, options);
    }
    if ("failure" in result) {
      const isBusy = CLIENT_TIMEOUTS.has(result.fault) && wait.wasCutShortByOwnDoing();
      throw isBusy ? late() : unanswered(result);
    }
    if (result.status === 429) holdOff.begin(name, unsuccessful(result).retryAfterSeconds ?? 0);
    return result;
  }

  // Made for each request: a dispatcher of the application's may add to them.
  const get = (path: string): HttpRequest => ({
    origin,
    path: basePath + path,
    method: "GET",
    headers: {
      accept: "application/json",
      authorization,
      "user-agent": USER_AGENT,
      "x-authsignal-version": API_VERSION,
    },
    maxRedirections: 0,
  });
  const post = (path: string, body: object): HttpRequest => ({
    origin,
    path: basePath + path,
    method: "POST",
    headers: {
      accept: "application/json",
      authorization,
      "user-agent": USER_AGENT,
      "x-authsignal-version": API_VERSION,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
    maxRedirections: 0,
  });

  return {
    async track({ userId, action, attributes }, options) {
      const path = `/users/${userSegment(userId)}/actions/${actionSegment(action)}`;
      // Checked before anything is tracked under it: getAction will need it in a path.
      keySegment(attributes.idempotencyKey);
      return successBody(await call(`track ${userId}`, post(path, trackBody(attributes)), options));
    },

    async validateChallenge({ token, userId, action }, options) {
      userSegment(userId);
      const body = { token, userId, action: actionSegment(action) };
      return successBody(await call(`validate ${userId}`, post("/validate", body), options));
    },

    async getAction({ userId, action, idempotencyKey }, options) {
      const path = `/users/${userSegment(userId)}/actions/${actionSegment(action)}/${keySegment(idempotencyKey)}`;
      const answer = await call(`getAction ${userId}`, get(path), options);
      return isAbsence(answer) ? undefined : successBody(answer);
    },
  };
}
