import { methodsOnTheWire } from "@require-action/client/page";
import { say } from "./language.js";

/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */

/**
 * What the page says of a verification method.
 * @typedef {object} MethodWords
 * @property {"key" | "phone" | "mail" | "message" | "codes"} icon
 * @property {MessageKey} label
 * @property {MessageKey | undefined} benefit What setting it up means.
 */

/** @type {ReadonlyMap<string, MethodWords>} */
export const methods = new Map([
  [
    "PASSKEY",
    {
      icon: "key",
      label: "method.passkey",
      benefit: "method.passkey.benefit",
    },
  ],
  [
    "AUTHENTICATOR_APP",
    {
      icon: "phone",
      label: "method.app",
      benefit: "method.app.benefit",
    },
  ],
  [
    "SMS",
    {
      icon: "message",
      label: "method.sms",
      benefit: "method.sms.benefit",
    },
  ],
  [
    "WHATSAPP",
    {
      icon: "message",
      label: "method.whatsApp",
      benefit: "method.whatsApp.benefit",
    },
  ],
  [
    "EMAIL_OTP",
    {
      icon: "mail",
      label: "method.email",
      benefit: "method.email.benefit",
    },
  ],
  [
    "EMAIL_MAGIC_LINK",
    {
      icon: "mail",
      label: "method.magicLink",
      benefit: "method.magicLink.benefit",
    },
  ],
  [
    "RECOVERY_CODE",
    {
      icon: "codes",
      label: "method.recovery",
      benefit: undefined,
    },
  ],
]);

/** @param {string} name */
export function methodNamed(name) {
  const words = methods.get(name);
  const method = methodsOnTheWire.get(name);
  if (words === undefined || method === undefined) throw new Error(`no method ${name}`);
  return { ...words, ...method };
}

/**
 * What setting up a method means.
 * @param {string} name
 * @returns {string}
 */
export function enrollText(name) {
  const { benefit } = methodNamed(name);
  return benefit === undefined ? "" : say(benefit);
}
