import { isIP } from "node:net";
import { isLoopbackHost, memberOf } from "@require-action/core/options";
import { isPublicAddress } from "./public-address.ts";

const MAX_ENDPOINT_LENGTH = 2_048;
/** An uncompressed point of P-256, in base64url: 65 bytes. */
const PUBLIC_KEY = /^[\w-]{87}$/;
/** 16 bytes. */
const AUTH_SECRET = /^[\w-]{22}$/;

/** A browser's subscription, as `JSON.stringify(subscription)` writes it in the browser. */
export interface PushSubscription {
  /** The address at the push service. Whoever knows it can send to the browser: keep it as you keep a secret. */
  readonly endpoint: string;
  /** In base64url, without padding. */
  readonly keys: { readonly p256dh: string; readonly auth: string };
}

/**
 * Reads a subscription that a browser has sent, to be kept: `undefined` for one that is malformed, and for an endpoint that is not
 * `https` or names this machine or a neighbour, since the server calls whatever it names.
 */
export function readPushSubscription(given: unknown): PushSubscription | undefined {
  return parseSubscription(given, false);
}

/** @internal With `loopback`, endpoints on this machine are read too. */
export function parseSubscription(given: unknown, loopback: boolean): PushSubscription | undefined {
  const endpoint = memberOf(given, "endpoint");
  const keys = memberOf(given, "keys");
  const [p256dh, auth] = [memberOf(keys, "p256dh"), memberOf(keys, "auth")];
  if (typeof endpoint !== "string" || typeof p256dh !== "string" || typeof auth !== "string") return undefined;
  if (!isEndpoint(endpoint, loopback) || !PUBLIC_KEY.test(p256dh) || !AUTH_SECRET.test(auth)) return undefined;
  return { endpoint, keys: { p256dh, auth } };
}

function isEndpoint(text: string, loopback: boolean): boolean {
  if (text.length > MAX_ENDPOINT_LENGTH || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== "https:" || username !== "" || password !== "") return false;
  if (isLoopbackHost(hostname)) return loopback;
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  // A name without a dot is one of the local network. Any other is looked at again once it is resolved.
  return isIP(address) === 0 ? hostname.includes(".") : isPublicAddress(address);
}
