import type { CodeMessage } from "@require-action/engine";
import type { MessageTexts } from "@require-action/server";

/** Sends codes by an SMS gateway with an HTTP API: most differ in the names of the members only. */
export function createSmsSender(
  gateway: URL,
  apiKey: string,
  from: string,
  texts: MessageTexts,
): (message: CodeMessage, signal: AbortSignal) => Promise<void> {
  return async (message, signal) => {
    const response = await fetch(gateway, {
      method: "POST",
      headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
      body: JSON.stringify({ from, to: message.to, text: texts.sms(message) }),
      // A redirect would take key and code to wherever it leads.
      redirect: "error",
      signal,
    });
    await response.body?.cancel();
    // Only the status: what a gateway says may repeat the message, and with it the code.
    if (!response.ok) throw new Error(`the SMS gateway answered ${response.status}`);
  };
}
