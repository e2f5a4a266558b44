import { SendEmailCommand, SESv2Client, type SESv2ClientConfig } from "@aws-sdk/client-sesv2";
import type { CodeMessage } from "@require-action/engine";
import type { MessageTexts } from "@require-action/server";

/** Sends codes by Amazon SES. Region and credentials come from where the AWS SDK finds them, unless `config` has them. */
export function createSesSender(
  from: string,
  texts: MessageTexts,
  config: SESv2ClientConfig = {},
): (message: CodeMessage, signal: AbortSignal) => Promise<void> {
  const client = new SESv2Client({ maxAttempts: 2, ...config });
  return async (message, signal) => {
    const { subject, text } = texts.email(message);
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [message.to] },
      Content: { Simple: { Subject: { Data: subject }, Body: { Text: { Data: text } } } },
    });
    await client.send(command, { abortSignal: signal });
  };
}
