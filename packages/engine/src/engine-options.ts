import type { Awaitable } from "@require-action/core/provider";
import { type Clock, ConfigurationError, systemClock } from "@require-action/core";
import { defineOptions, isLoopbackHost, option, readOptions } from "@require-action/core/options";
import { isId } from "@require-action/core/provider";
import type { JWK } from "jose";
import type { BeforeApproval } from "./context/approval-gate.ts";
import type { OnDeniedByUser } from "./context/denial-hook.ts";
import type { OnEvent } from "./context/audit-trail.ts";
import { type FactSources, factsSchema, type ParsedFacts, parseFacts } from "./context/fact-sources.ts";
import { withAnnouncements } from "./context/announced-store.ts";
import { storeVerbs, withOwnRecords } from "./store/own-records.ts";
import { secretsSchema } from "./keys/keyring.ts";
import { type EngineLimits, limitsSchema, parseLimits } from "./lib/limits.ts";
import { type Delivery, deliverySchema } from "./methods/delivery.ts";
import type { Policy } from "./policy/model/policy.ts";
import { createReceiptKeys, type ReceiptKeys, receiptKeysSchema } from "./receipts/receipt-keys.ts";
import { createMemoryStore } from "./store/memory/memory-store.ts";
import type { Store } from "./store/store.ts";
import {
  parsePasskeyOptions,
  type PasskeyOptions,
  passkeysSchema,
  type RelyingParty,
} from "./webauthn/relying-party.ts";

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
  /** Where reviewers use passkeys, when the console has a domain or an origin of its own; `passkeys` by default. */
  readonly reviewerPasskeys?: PasskeyOptions;
  readonly facts?: FactSources;
  readonly clock?: Clock;
  readonly limits?: Partial<EngineLimits>;
  readonly onEvent?: OnEvent;
  /** Asked before each challenge succeeds, for `limits.deliveryTimeoutMs` at most; without a yes, none does. */
  readonly beforeApproval?: BeforeApproval;
  /**
   * Called when a user says that they did not ask for an action, which has failed by then, for `limits.deliveryTimeoutMs` at most.
   * `{ endSessions: true }` ends all of the user's sessions.
   */
  readonly onDeniedByUser?: OnDeniedByUser;
  /**
   * Returns a reviewer's current groups, for the `review.of` of a policy; nothing for somebody who is no reviewer any
   * more, whose approvals do not count then. Waited for as long as `limits.deliveryTimeoutMs`; what it throws approves nothing.
   */
  readonly reviewerGroups?: (reviewer: string) => Awaitable<readonly string[] | undefined>;
  /** Puts changes of authenticators and denied actions into the store's outbox, for webhooks. Off by default: somebody has to empty it. */
  readonly outbox?: boolean;
  /** Keeps receipts of what is decided, approved and run, for others to verify. None by default. */
  readonly receipts?: ReceiptOptions;
}

/** How receipts are kept. */
export interface ReceiptOptions {
  /**
   * Ed25519 keys as JWKs. The first one signs, and has to be private: put a new one in front to rotate. The others verify what they
   * have signed, and may be public.
   */
  readonly keys: readonly JWK[];
  /** Which executions are recorded: of what was approved, by default, or of all that a guard lets run. */
  readonly executions?: "approved" | "all";
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
  readonly reviewersRelyingParty: RelyingParty | undefined;
  readonly facts: ParsedFacts;
  readonly clock: Clock;
  readonly limits: EngineLimits;
  readonly onEvent: OnEvent | undefined;
  readonly beforeApproval: BeforeApproval | undefined;
  readonly onDeniedByUser: OnDeniedByUser | undefined;
  readonly reviewerGroups: EngineOptions["reviewerGroups"] | undefined;
  readonly receipts: { readonly keys: ReceiptKeys; readonly executions: "approved" | "all" } | undefined;
}

const { callback, flag, matching, withMethods } = option;

const optionsSchema = defineOptions<EngineOptions>({
  required: {
    policy: matching(
      (value) => typeof value === "string" || (typeof value === "object" && value !== null),
      "must be an object, or JSON or YAML text",
    ),
    secrets: secretsSchema,
    issuer: option.setting(
      (value) => isId(value) && !value.includes("#"),
      "must be a name or URL of 1 to 256 bytes, without #",
    ),
    baseUrl: option.setting(
      (value) => typeof value === "string" && URL.canParse(value) && isPrivate(new URL(value)),
      "must be https, or http on a loopback address",
    ),
  },
  optional: {
    store: withMethods(...storeVerbs),
    delivery: deliverySchema,
    passkeys: passkeysSchema,
    reviewerPasskeys: passkeysSchema,
    facts: factsSchema,
    clock: withMethods("now"),
    limits: limitsSchema,
    onEvent: callback,
    beforeApproval: callback,
    onDeniedByUser: callback,
    reviewerGroups: callback,
    outbox: flag,
    receipts: defineOptions<ReceiptOptions>({
      required: { keys: receiptKeysSchema },
      optional: { executions: option.oneOf(["approved", "all"]) },
    }),
  },
});

/** @throws ConfigurationError that names the option. */
export function parseEngineOptions(given: EngineOptions): ParsedEngineOptions {
  const options = readOptions("createEngine", optionsSchema, given);
  const { policy, secrets, issuer, store = createMemoryStore(), delivery = {}, clock = systemClock, onEvent } = options;
  const { beforeApproval, onDeniedByUser, reviewerGroups, outbox = false, receipts } = options;
  warnOfMemory(store);
  return {
    policy,
    secrets,
    issuer,
    baseUrl: parseBaseUrl(options.baseUrl),
    store: outbox ? withAnnouncements(withOwnRecords(store)) : withOwnRecords(store),
    delivery,
    relyingParty: options.passkeys && parsePasskeyOptions(options.passkeys),
    reviewersRelyingParty:
      options.reviewerPasskeys && parsePasskeyOptions(options.reviewerPasskeys, "reviewerPasskeys"),
    facts: parseFacts(options.facts),
    clock,
    limits: parseLimits(options.limits),
    onEvent,
    beforeApproval,
    onDeniedByUser,
    reviewerGroups,
    receipts: receipts && { keys: createReceiptKeys(receipts.keys), executions: receipts.executions ?? "approved" },
  };
}

function warnOfMemory({ name }: Store): void {
  if (name !== "memory" || process.env["NODE_ENV"] !== "production") return;
  process.emitWarning(
    "The engine keeps its state in memory: approvals, attempts and reviews hold for one process and end with it.",
    { type: "RequireActionWarning", code: "RA_MEMORY_STORE" },
  );
}

/** Challenge tokens travel to this place, so it is https, or the machine itself. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
}

function parseBaseUrl(value: string): string {
  const url = new URL(value);
  if (url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new ConfigurationError("baseUrl", "must have no query, fragment or credentials");
  }
  let { href } = url;
  while (href.endsWith("/")) href = href.slice(0, -1);
  return href;
}
