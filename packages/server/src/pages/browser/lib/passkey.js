import { hasPasskeys as browserHasPasskeys, readPasskeyError } from "@require-action/client/page";
import { say } from "./language.js";

/** @import { PasskeyFailureReason } from "@require-action/client/page" */
/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */

/** Whether this browser has passkeys at all. */
export const hasPasskeys = browserHasPasskeys();

/** @type {Readonly<Record<PasskeyFailureReason, MessageKey>>} */
const words = {
  passkey_exists: "passkey.exists",
  passkey_unsupported: "passkey.unsupported",
  passkey_unused: "passkey.unused",
};

/**
 * What to tell somebody whose browser did not do it.
 * @param {unknown} error
 * @returns {string}
 */
export function ceremonyText(error) {
  return say(words[readPasskeyError(error)]);
}
