import type { CodeMessage } from "@require-action/engine";
import type { MessageTexts } from "@require-action/server";
import { createTransport } from "nodemailer";

/** Sends codes by SMTP, always encrypted: `smtp://user:password@smtp.bank.example:587`. */
export function createSmtpSender(
  url: string,
  from: string,
  texts: MessageTexts,
): (message: CodeMessage, signal: AbortSignal) => Promise<void> {
  const transport = createTransport({
    url,
    requireTLS: true,
    // nodemailer takes no signal: these end what the engine has given up on.
    connectionTimeout: 3_000,
    greetingTimeout: 3_000,
    socketTimeout: 5_000,
  });
  return async (message) => {
    const { subject, text, language } = texts.email(message);
    await transport.sendMail({
      from,
      // As an object it is one address, whatever is in it; as text it could be a list.
      to: { name: "", address: message.to },
      subject,
      text,
      headers: { "content-language": language },
    });
  };
}
