import { type Clock, ConfigurationError, isId, systemClock } from "@require-action/core";
import type { OnEvent } from "./audit-trail.ts";
import type { Delivery } from "./delivery.ts";
import type { FactSources } from "./facts.ts";
import { type EngineLimits, parseLimits } from "./limits.ts";
import { nearest, type Policy } from "./policy/index.ts";
import { createMemoryStore } from "./store/memory-store.ts";
import type { Store } from "./store/store.ts";
import { parsePasskeyOptions, type PasskeyOptions, type RelyingParty } from "./webauthn/relying-party.ts";

/** What an engine is made of. */
export interface EngineOptions {
  /** The policy as an object, or as JSON or YAML text. */
  readonly policy: Policy | string;
  /** At least 32 bytes each. The first one signs, all of them verify: put a new one in front to rotate. */
  readonly secrets: readonly (string | Uint8Array)[];
  /** Names this engine in its tokens and to authenticator apps. One name for each environment. */
  readonly issuer: string;
  /** Where the challenge page is served, as `https://bank.example/authsignal`. */
  readonly baseUrl: string;
  /** Memory by default, which is for one process and gone when it ends. */
  readonly store?: Store;
  readonly delivery?: Delivery;
  /** Without it, passkeys are not offered. */
  readonly passkeys?: PasskeyOptions;
  readonly facts?: FactSources;
  readonly clock?: Clock;
  readonly limits?: Partial<EngineLimits>;
  readonly onEvent?: OnEvent;
}

/** The options with nothing left open. */
export interface ParsedEngineOptions {
  readonly policy: Policy | string;
  readonly secrets: readonly (string | Uint8Array)[];
  readonly issuer: string;
  readonly baseUrl: string;
  readonly store: Store;
  readonly delivery: Delivery;
  readonly relyingParty: RelyingParty | undefined;
  readonly facts: FactSources;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly onEvent: OnEvent | undefined;
}

const names: ReadonlySet<string> = new Set<keyof EngineOptions>([
  "policy",
  "secrets",
  "issuer",
  "baseUrl",
  "store",
  "delivery",
  "passkeys",
  "facts",
  "clock",
  "limits",
  "onEvent",
]);

const senders: ReadonlySet<string> = new Set<keyof Delivery>(["sendEmail", "sendSms"]);
const factNames: ReadonlySet<string> = new Set<keyof FactSources>(["ip"]);

/** @throws ConfigurationError that names the option. */
export function parseEngineOptions(options: EngineOptions): ParsedEngineOptions {
  if (typeof options !== "object" || options === null) throw new ConfigurationError("options", "are missing");
  refuseUnknown("", options, names, "of the engine");
  const { policy, secrets, issuer, store, delivery = {}, facts = {}, clock = systemClock, onEvent } = options;
  if (policy === undefined) throw new ConfigurationError("policy", "is missing");
  if (!isId(issuer) || issuer.includes("#")) {
    throw new ConfigurationError("issuer", "must be a name or URL of 1 to 256 bytes, without #");
  }
  if (store !== undefined && typeof store.gather !== "function")
    throw new ConfigurationError("store", isPromise(store) ? "is a promise: await it first" : "is not a store");
  if (typeof clock.now !== "function") throw new ConfigurationError("clock", "must have a method now()");
  refuseUnknown("delivery.", delivery, senders, "of delivery");
  refuseUnknown("facts.", facts, factNames, "of facts");
  expectFunction("delivery.sendEmail", delivery.sendEmail);
  expectFunction("delivery.sendSms", delivery.sendSms);
  expectFunction("facts.ip", facts.ip);
  expectFunction("onEvent", onEvent);
  return {
    policy,
    secrets,
    issuer,
    baseUrl: parseBaseUrl(options.baseUrl),
    store: store ?? defaultStore(),
    delivery,
    relyingParty: options.passkeys === undefined ? undefined : parsePasskeyOptions(options.passkeys),
    facts,
    clock,
    limits: parseLimits(options.limits),
    onEvent,
  };
}

function defaultStore(): Store {
  if (process.env["NODE_ENV"] === "production") {
    process.emitWarning(
      "The engine keeps its state in memory: approvals, attempts and reviews hold for one process and end with it.",
      { type: "RequireActionWarning", code: "RA_MEMORY_STORE" },
    );
  }
  return createMemoryStore();
}

/** A misspelt option would be an absent one: codes that nobody sends, say. */
function refuseUnknown(prefix: string, given: object, known: ReadonlySet<string>, whose: string): void {
  for (const name of Object.keys(given)) {
    if (known.has(name)) continue;
    const meant = nearest(name, known);
    const hint = meant === undefined ? "" : `; did you mean ${prefix}${meant}?`;
    throw new ConfigurationError(`${prefix}${name}`, `is not an option ${whose}${hint}`);
  }
}

function isPromise(value: object): boolean {
  return typeof (value as { then?: unknown }).then === "function";
}

function expectFunction(option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") throw new ConfigurationError(option, "must be a function");
}

/** Challenge tokens travel to this place, so it is https, or the machine itself. */
function parseBaseUrl(value: unknown): string {
  if (typeof value !== "string" || !URL.canParse(value)) throw new ConfigurationError("baseUrl", "must be a URL");
  const url = new URL(value);
  const isLoopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|[a-z0-9-]+\.localhost)$/.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback)) {
    throw new ConfigurationError("baseUrl", "must be https, or http on a loopback address");
  }
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new ConfigurationError("baseUrl", "must have no query, fragment or credentials");
  }
  return url.href.replace(/\/+$/, "");
}
