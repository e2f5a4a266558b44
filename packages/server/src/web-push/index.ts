export type { VapidKeys } from "./push-sender.ts";
export { type PushSubscription, readPushSubscription } from "./push-subscription.ts";
export { createWebPushNotices, type WebPushOptions } from "./web-push-notices.ts";
