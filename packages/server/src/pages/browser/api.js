import { callApi } from "@require-action/client/page";

/** @import { Answers, CallFailure, CallReply } from "@require-action/client/page" */
/** @typedef {CallFailure} Failure */
/** @typedef {CallReply} Answer */
/**
 * @typedef {object} Api
 * @property {Answers["call"]} page Calls the page's own routes.
 * @property {Answers["call"]} client Calls the Client API, without credentials of the browser unless said otherwise.
 */

/**
 * Speaks to the server that the page came from.
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
    return async (path, body, method, credentials) => {
      const reply = await callApi(new URL(`${folder}/${path}`, location.href), {
        token: token(),
        body,
        method,
        credentials,
      });
      if (!reply.ok) onError(reply.errorCode, reply.statusCode);
      return reply;
    };
  }

  return { page: below("challenge"), client: below(clientPath) };
}
