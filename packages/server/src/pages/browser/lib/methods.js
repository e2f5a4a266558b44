import { say } from "./language.js";

/** @import { MessageKey } from "../../../languages/catalogue/en.ts" */

/**
 * What the page knows of a verification method. `segment` is its name in the Client API's paths.
 * @typedef {object} Method
 * @property {"key" | "phone" | "mail" | "message" | "codes"} icon
 * @property {MessageKey} label
 * @property {string} segment
 * @property {MessageKey | undefined} benefit What setting it up means.
 * @property {"passkey" | "sent-code" | "sent-link" | "own-code" | "recovery-code"} kind
 */

/** @type {ReadonlyMap<string, Method>} */
export const methods = new Map([
  [
    "PASSKEY",
    {
      icon: "key",
      label: "method.passkey",
      segment: "passkey",
      benefit: "method.passkey.benefit",
      kind: "passkey",
    },
  ],
  [
    "AUTHENTICATOR_APP",
    {
      icon: "phone",
      label: "method.app",
      segment: "totp",
      benefit: "method.app.benefit",
      kind: "own-code",
    },
  ],
  [
    "SMS",
    {
      icon: "message",
      label: "method.sms",
      segment: "sms",
      benefit: "method.sms.benefit",
      kind: "sent-code",
    },
  ],
  [
    "WHATSAPP",
    {
      icon: "message",
      label: "method.whatsApp",
      segment: "whatsapp",
      benefit: "method.whatsApp.benefit",
      kind: "sent-code",
    },
  ],
  [
    "EMAIL_OTP",
    {
      icon: "mail",
      label: "method.email",
      segment: "email-otp",
      benefit: "method.email.benefit",
      kind: "sent-code",
    },
  ],
  [
    "EMAIL_MAGIC_LINK",
    {
      icon: "mail",
      label: "method.magicLink",
      segment: "email-magic-link",
      benefit: "method.magicLink.benefit",
      kind: "sent-link",
    },
  ],
  [
    "RECOVERY_CODE",
    {
      icon: "codes",
      label: "method.recovery",
      segment: "recovery-code",
      benefit: undefined,
      kind: "recovery-code",
    },
  ],
]);

/**
 * @param {string} name
 * @returns {Method}
 */
export function methodNamed(name) {
  const method = methods.get(name);
  if (method === undefined) throw new Error(`no method ${name}`);
  return method;
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
