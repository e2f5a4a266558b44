import { SendEmailCommand, SESv2Client, type SESv2ClientConfig } from "@aws-sdk/client-sesv2";

import { codeText, type Sender } from "./code-text.ts";

/** Sends codes by Amazon SES. Region and credentials come from where the AWS SDK finds them, unless `config` has them. */
export function createSesSender(from: string, config: SESv2ClientConfig = {}): Sender {
  const client = new SESv2Client({ maxAttempts: 2, ...config });
  return async (message, signal) => {
    const subject = message.purpose === "enrollment" ? "Confirm your address" : "Your approval code";
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [message.to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: codeText(message) } } } },
    });
    await client.send(command, { abortSignal: signal });
  };
}
