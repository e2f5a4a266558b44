import { createTransport } from "nodemailer";
import { codeText, type Sender } from "./code-text.ts";

/** Sends codes by SMTP, always encrypted: `smtp://user:password@smtp.bank.example:587`. */
export function createSmtpSender(url: string, from: string): Sender {
  const transport = createTransport({
    url,
    requireTLS: true,
    // nodemailer takes no signal: these end what the engine has given up on.
    connectionTimeout: 3_000,
    greetingTimeout: 3_000,
    socketTimeout: 5_000,
  });
  return async (message) => {
    await transport.sendMail({
      from,
      // As an object it is one address, whatever is in it; as text it could be a list.
      to: { name: "", address: message.to },
      subject: message.purpose === "enrollment" ? "Confirm your address" : "Your approval code",
      text: codeText(message),
    });
  };
}
