/**
 * What the page knows of a verification method. `segment` is its name in the Client API's paths.
 * @typedef {object} Method
 * @property {"key" | "phone" | "mail" | "message" | "codes"} icon
 * @property {string} label
 * @property {string} segment
 * @property {string} enrollText What setting it up means.
 * @property {"passkey" | "sent-code" | "sent-link" | "own-code" | "recovery-code"} kind
 */

/** @type {ReadonlyMap<string, Method>} */
export const methods = new Map([
  [
    "PASSKEY",
    {
      icon: "key",
      label: "Passkey",
      segment: "passkey",
      enrollText: "Fingerprint, face or screen lock. Safest.",
      kind: "passkey",
    },
  ],
  [
    "AUTHENTICATOR_APP",
    {
      icon: "phone",
      label: "Authenticator app",
      segment: "totp",
      enrollText: "Use the codes of an app on your phone.",
      kind: "own-code",
    },
  ],
  [
    "SMS",
    {
      icon: "message",
      label: "Text message",
      segment: "sms",
      enrollText: "Get a code by text message each time.",
      kind: "sent-code",
    },
  ],
  [
    "WHATSAPP",
    {
      icon: "message",
      label: "WhatsApp",
      segment: "whatsapp",
      enrollText: "Get a code by WhatsApp each time.",
      kind: "sent-code",
    },
  ],
  [
    "EMAIL_OTP",
    {
      icon: "mail",
      label: "E-mail",
      segment: "email-otp",
      enrollText: "Get a code by e-mail each time.",
      kind: "sent-code",
    },
  ],
  [
    "EMAIL_MAGIC_LINK",
    {
      icon: "mail",
      label: "Link by e-mail",
      segment: "email-magic-link",
      enrollText: "",
      kind: "sent-link",
    },
  ],
  [
    "RECOVERY_CODE",
    {
      icon: "codes",
      label: "Recovery code",
      segment: "recovery-code",
      enrollText: "",
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
