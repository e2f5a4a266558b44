import type { CodeMessage } from "@require-action/engine";

/** `sendEmail` or `sendSms` of `createEngine({ delivery })`. Rejects where the message was not taken on. */
export type Sender = (message: CodeMessage, signal: AbortSignal) => Promise<void>;

/** The text of the message: the code and what it approves, so that nobody types it in for something else. */
export function codeText({ code, purpose, action, custom, expiresAt }: CodeMessage): string {
  const minutes = Math.max(1, Math.round((expiresAt - Date.now()) / 60_000));
  const details = Object.entries(custom).map(([name, value]) => `${name}: ${value}`);
  return [
    purpose === "enrollment" ? "Confirm this address for approvals." : `You are about to approve: ${action}`,
    ...details,
    `Code: ${code} (good for ${minutes} min)`,
    "Never tell it to anybody. If this was not you, ignore this message.",
  ].join("\n");
}
