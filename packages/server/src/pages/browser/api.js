import { callApi } from "@require-action/client/page";

/** @import { Answers, CallFailure, CallReply } from "@require-action/client/page" */
/** @typedef {CallFailure} Failure */
/** @typedef {CallReply} Answer */
/**
 * @typedef {object} Api
 * @property {Answers["call"]} page Calls the page's own routes.
 * @property {Answers["call"]} client Calls the Client API.
 */

/**
 * Speaks to the server that the page came from. The token is what counts; the application's session is sent along, as the server may
 * demand it where an authenticator is enrolled.
 * @param {object} options
 * @param {string} options.clientPath
 * @param {() => string} options.token
 * @param {(errorCode: string, statusCode: number) => void} options.onError
 * @returns {Api}
 */
export function createApi({ clientPath, token, onError }) {
  /**
   * @param {string} folder
   * @returns {Answers["call"]}
   */
  function below(folder) {
    return async (path, body, method) => {
      const reply = await callApi(new URL(`${folder}/${path}`, location.href), {
        token: token(),
        body,
        method,
        credentials: "same-origin",
      });
      if (!reply.ok) onError(reply.errorCode, reply.statusCode);
      return reply;
    };
  }

  return { page: below("challenge"), client: below(clientPath) };
}
