import { type ActionProvider, ConfigurationError } from "@require-action/core";
import { readGetActionAnswer, readTrackAnswer, readValidateAnswer } from "./answers.ts";
import { type AuthsignalOptions, parseSdkOptions, parseServerApiOptions } from "./options.ts";
import { createSdkApi } from "./sdk-api.ts";
import { createServerApi } from "./server-api.ts";

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
export function authsignal(options: AuthsignalOptions): ActionProvider {
  if (typeof options !== "object" || options === null) throw new ConfigurationError("options", "must be an object");
  const api =
    "client" in options ? createSdkApi(parseSdkOptions(options)) : createServerApi(parseServerApiOptions(options));
  return {
    name: "authsignal",
    async track(request, options) {
      return readTrackAnswer(await api.track(request, options), request);
    },
    async validateChallenge(request, options) {
      return readValidateAnswer(await api.validateChallenge(request, options), request);
    },
    async getAction(request, options) {
      const answer = await api.getAction(request, options);
      return answer === undefined ? undefined : readGetActionAnswer(answer);
    },
  };
}
