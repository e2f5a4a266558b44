import { Agent, globalAgent, request } from "node:https";
import webPush from "web-push";
import { createPublicLookup } from "./public-lookup.ts";
import type { PushSubscription } from "./push-subscription.ts";

const TIMEOUT_MS = 10_000;

/** Which application server sends (RFC 8292), as `npx web-push generate-vapid-keys` makes it. */
export interface VapidKeys {
  /** Whom the push service may write to: a `mailto:` or `https:` URI. */
  readonly subject: string;
  /** In base64url: 65 bytes, what browsers subscribe with as `applicationServerKey`. */
  readonly publicKey: string;
  /** In base64url: 32 bytes. */
  readonly privateKey: string;
}

/** Sends one message. @throws Error that names the host of the push service, and never the whole endpoint */
export type SendPush = (
  subscription: PushSubscription,
  payload: string,
  ttlSeconds: number,
) => Promise<"accepted" | "gone">;

/** Creates what sends to push services. Redirects are not followed, and nothing of an answer's body is read. */
export function createPushSender(vapid: VapidKeys, loopback: boolean): SendPush {
  const { ca } = globalAgent.options;
  const agent = new Agent({ lookup: createPublicLookup(loopback), ...(ca !== undefined && { ca }) });

  return async (subscription, payload, ttlSeconds) => {
    const { host } = new URL(subscription.endpoint);
    const { headers, body } = describeRequest(subscription, payload, ttlSeconds, vapid);
    const status = await new Promise<number>((resolve, reject) => {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const sent = request(subscription.endpoint, { method: "POST", headers, agent, signal }, (response) => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      });
      sent.on("error", (cause) => {
        const problem = signal.aborted ? `did not answer within ${TIMEOUT_MS} ms` : "cannot be reached";
        reject(new Error(`the push service ${host} ${problem}`, { cause }));
      });
      sent.end(body);
    });
    if (status === 404 || status === 410) return "gone";
    if (status >= 200 && status < 300) return "accepted";
    throw new Error(`the push service ${host} answered ${status}`);
  };
}

/** Encrypts the payload for the browser (RFC 8291), and signs who sends it. */
function describeRequest(
  subscription: PushSubscription,
  payload: string,
  ttlSeconds: number,
  vapid: VapidKeys,
): { readonly headers: Record<string, string>; readonly body: Buffer } {
  const { endpoint, keys } = subscription;
  const options = { vapidDetails: { ...vapid }, TTL: ttlSeconds, urgency: "high" } as const;
  const details = webPush.generateRequestDetails({ endpoint, keys: { ...keys } }, payload, options);
  const headers = Object.entries(details.headers).map(([name, value]) => [name, String(value)] as const);
  return { headers: { ...Object.fromEntries(headers), "user-agent": "require-action" }, body: details.body };
}
