import { declaring } from "@require-action/core/options";
import type { ActionProvider, CallOptions, TrackAnswer, TrackRequest } from "@require-action/core/provider";
import { readGetActionAnswer, readTrackAnswer, readValidateAnswer } from "./api/answers.ts";
import { type AuthsignalOptions, isSdkOptions, readSdkOptions, readServerApiOptions } from "./api/options.ts";
import { createSdkApi } from "./api/sdk-api.ts";
import { createServerApi } from "./api/server-api.ts";

/** Authsignal's cloud as a provider: it answers later always. */
export interface AuthsignalProvider extends ActionProvider {
  track(request: TrackRequest, options: CallOptions): Promise<TrackAnswer>;
}

/**
 * Creates a provider that lets Authsignal's cloud, or any server of its Server API, decide. Throws a
 * `ConfigurationError` that names the wrong option; a call rejects with a `ProviderError` when there is no answer or
 * none that can be believed, and with `user_id_invalid` for an id that cannot stand in a path.
 *
 * A call is sent once more only when its connection was refused or closed before any answer: `track` because it carries
 * its idempotency key, the other two because they only ask. No answer is ever asked for again here. In a guard, whose budget
 * the retry comes out of, it is the one retry of the call.
 *
 * @example
 * const provider = authsignal({
 *   apiSecretKey: process.env.AUTHSIGNAL_SECRET ?? "",
 *   apiUrl: "https://eu.api.authsignal.com/v1",
 * });
 * @see https://docs.authsignal.com/api-reference/server-api/overview
 */
export function authsignal(options: AuthsignalOptions): AuthsignalProvider {
  const { api, plainHttpHost } = declaring("authsignal", () => {
    if (isSdkOptions(options)) return { api: createSdkApi(readSdkOptions(options)), plainHttpHost: undefined };
    const target = readServerApiOptions(options);
    return { api: createServerApi(target), plainHttpHost: target.plainHttpHost };
  });
  return {
    name: "authsignal",
    ...(plainHttpHost === undefined ? {} : { plainHttpHost }),
    async track(request, options) {
      return readTrackAnswer(await api.track(request, options), request);
    },
    async validateChallenge(request, options) {
      return readValidateAnswer(await api.validateChallenge(request, options), request);
    },
    async getAction(request, options) {
      const answer = await api.getAction(request, options);
      return answer === undefined ? undefined : readGetActionAnswer(answer, request);
    },
  };
}
