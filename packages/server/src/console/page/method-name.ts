const methodNames: Readonly<Record<string, string>> = {
  AUTHENTICATOR_APP: "Authenticator app",
  EMAIL_MAGIC_LINK: "E-mail link",
  EMAIL_OTP: "E-mail code",
  PASSKEY: "Passkey",
  RECOVERY_CODE: "Recovery code",
  SMS: "SMS",
  WHATSAPP: "WhatsApp",
};

/** A verification method, for people. */
export function methodName(method: string): string {
  return Object.hasOwn(methodNames, method) ? (methodNames[method] ?? method) : method;
}
