import { createECDH } from "node:crypto";
import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import type { SendNotice } from "@require-action/core/agents";
import { declaring, defineOptions, option, readOptions } from "@require-action/core/options";
import type { Awaitable } from "@require-action/core/provider";
import type { MessageTexts } from "../pages/messages/message-texts.ts";
import { createPushSender, type VapidKeys } from "./push-sender.ts";
import { parseSubscription, type PushSubscription } from "./push-subscription.ts";

/** Browsers of one user that are notified. A user who subscribes many times makes the server send no more than this. */
const MOST_SUBSCRIPTIONS = 20;

/** Options of {@link createWebPushNotices}. */
export interface WebPushOptions {
  readonly vapid: VapidKeys;
  /** Writes the title of the notification, as `createMessageTexts` does. */
  readonly texts: Pick<MessageTexts, "approval">;
  /** The subscriptions of a user, newest first: the first 20 are notified. */
  readonly subscriptionsOf: (user: string) => Awaitable<readonly PushSubscription[]>;
  /** The language of a user, as a BCP 47 tag. English when absent. */
  readonly localeOf?: (user: string) => Awaitable<string | undefined>;
  /** Receives a subscription that the push service no longer knows (404 or 410): delete it. */
  readonly onGone: (user: string, subscription: PushSubscription) => unknown;
  /**
   * Sends to `https` endpoints on this machine too, for tests. False by default, and refused where `NODE_ENV` is `production`:
   * a subscription is what a browser has sent, and would otherwise make the server call whatever listens there.
   */
  readonly dangerouslyAllowLoopback?: boolean;
  readonly clock?: Clock;
}

const { callback } = option;

const optionsSchema = defineOptions<WebPushOptions>({
  required: {
    vapid: defineOptions<VapidKeys>({
      required: {
        subject: option.setting(isSubject, "must be a mailto: or https: URI"),
        publicKey: option.setting(
          (value) => typeof value === "string" && /^[\w-]{87}$/.test(value),
          "must be 65 bytes in base64url, as of web-push generate-vapid-keys",
        ),
        privateKey: option.setting(
          (value) => typeof value === "string" && /^[\w-]{43}$/.test(value),
          "must be 32 bytes in base64url, as of web-push generate-vapid-keys",
        ),
      },
      optional: {},
    }),
    texts: option.withMethods("approval"),
    subscriptionsOf: callback,
    onGone: callback,
  },
  optional: { localeOf: callback, dangerouslyAllowLoopback: option.flag, clock: option.withMethods("now") },
});

/**
 * Sends the notices of an inbox to the browsers of their user, by Web Push (RFC 8030), encrypted for each browser and signed with
 * your VAPID keys. A message is `{ title, url, language, direction }` as JSON, and holds no number, no token and nothing of what is
 * bound, as it may be read on a locked screen. It is for `notify` of `createInbox`: a push that fails becomes the event
 * `notice_failed`. Needs the package `web-push`.
 * @throws ConfigurationError that names the option
 * @example
 * const kept = new Map<string, PushSubscription[]>();
 * const notify = createWebPushNotices({
 *   vapid: {
 *     subject: "mailto:ops@bank.example",
 *     publicKey: process.env.VAPID_PUBLIC_KEY ?? "",
 *     privateKey: process.env.VAPID_PRIVATE_KEY ?? "",
 *   },
 *   texts: createMessageTexts(engine, { appName: "Acme Bank" }),
 *   subscriptionsOf: (user) => kept.get(user) ?? [], // of your database
 *   onGone: (user, gone) => kept.set(user, (kept.get(user) ?? []).filter(({ endpoint }) => endpoint !== gone.endpoint)),
 * });
 */
export function createWebPushNotices(options: WebPushOptions): SendNotice {
  return declaring("createWebPushNotices", () => {
    const read = readOptions<WebPushOptions>("createWebPushNotices", optionsSchema, options);
    const { vapid, texts, subscriptionsOf, localeOf, onGone, clock = systemClock } = read;
    const { dangerouslyAllowLoopback: loopback = false } = read;
    if (publicKeyOf(vapid.privateKey) !== vapid.publicKey) {
      throw new ConfigurationError("vapid.publicKey", "is not that of vapid.privateKey");
    }
    if (loopback && process.env["NODE_ENV"] === "production") {
      throw new ConfigurationError("dangerouslyAllowLoopback", "is for tests, and NODE_ENV is production");
    }
    const send = createPushSender({ ...vapid }, loopback);

    return async (notice) => {
      const { user, url, expiresAt } = notice;
      const given = (await subscriptionsOf(user)).slice(0, MOST_SUBSCRIPTIONS);
      if (given.length === 0) return;
      const { subject: title, language, direction } = texts.approval(notice, { locale: await localeOf?.(user) });
      const payload = JSON.stringify({ title, url, language, direction });
      const ttlSeconds = Math.max(0, Math.floor((expiresAt - clock.now()) / 1000));

      const push = async (one: PushSubscription): Promise<void> => {
        const subscription = parseSubscription(one, loopback);
        if (subscription === undefined) throw new Error("a subscription is malformed, or its endpoint is not public");
        if ((await send(subscription, payload, ttlSeconds)) === "gone") await onGone(user, one);
      };
      const failures = (await Promise.allSettled(given.map(push))).flatMap((outcome) =>
        outcome.status === "rejected" ? [outcome.reason as unknown] : [],
      );
      if (failures.length > 0)
        throw new AggregateError(failures, `${failures.length} of ${given.length} pushes failed`);
    };
  });
}

function isSubject(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value) && /^(?:mailto|https):$/.test(new URL(value).protocol);
}

/** Undefined for what is no private key of the curve, so that it is the key of nothing. */
function publicKeyOf(privateKey: string): string | undefined {
  const pair = createECDH("prime256v1");
  try {
    pair.setPrivateKey(privateKey, "base64url");
    return pair.getPublicKey("base64url");
  } catch {
    return undefined;
  }
}
