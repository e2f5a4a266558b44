import { createHmac } from "node:crypto";
import type { WebhookEvent, WebhookLog } from "./webhook-event.ts";

/** Why an event did not arrive: no answer in time, none at all, or one that is not 2xx. */
type WebhookFailure = "timeout" | "unreachable" | "refused";

/** What became of sending an event once. */
export interface WebhookOutcome {
  /** Absent for an event that arrived. */
  readonly failure?: WebhookFailure;
  /** Of the answer, where there was one. */
  readonly status?: number;
}

/** Sends an event, or a log of some, once. Never rejects. */
export type SendWebhook = (event: WebhookEvent | WebhookLog, signal?: AbortSignal) => Promise<WebhookOutcome>;

const TIMEOUT_MS = 10_000;

/**
 * Creates what sends events to one URL, which an operator has chosen. Redirects are not followed, as they would lead codes to
 * wherever the other end says, and nothing of the answer's body is read.
 */
export function createWebhookSender(url: string, secrets: readonly string[], now: () => number): SendWebhook {
  return async (event, given) => {
    const body = JSON.stringify(event);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const signal = given === undefined ? timeout : AbortSignal.any([timeout, given]);
    try {
      const headers = {
        "content-type": "application/json",
        "user-agent": "require-action",
        "x-signature-v2": signatureOf(body, secrets, now()),
      };
      const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
      await response.body?.cancel();
      const { ok, status } = response;
      return ok ? { status } : { failure: "refused", status };
    } catch {
      return { failure: signal.aborted ? "timeout" : "unreachable" };
    }
  };
}

/**
 * Signs a body as Authsignal does, with each of the secrets, so that they rotate: `t=<seconds>,v2=<MAC>`, the MAC in base64
 * without padding.
 */
function signatureOf(body: string, secrets: readonly string[], now: number): string {
  const seconds = Math.floor(now / 1000);
  const macs = secrets.map((secret) =>
    createHmac("sha256", secret)
      .update(`${String(seconds)}.${body}`)
      .digest("base64")
      .replace("=", ""),
  );
  return [`t=${String(seconds)}`, ...macs.map((mac) => `v2=${mac}`)].join(",");
}
