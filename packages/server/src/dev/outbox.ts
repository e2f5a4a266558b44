import { createHash } from "node:crypto";
import { type Clock, systemClock } from "@require-action/core";
import { defineOptions, option, readOptions } from "@require-action/core/options";
import type { CodeMessage, Delivery } from "@require-action/engine";
import type { EngineTrackRequest, MagicLinkMessage, Notice } from "@require-action/engine/server";
import type { EditablePolicy } from "../management/editable-policy.ts";
import type { EventLog } from "./event-log.ts";

const DEFAULT_LIMIT = 200;

/** Something that users would have received: a code by e-mail or SMS, or the link to a challenge. */
export type OutboxEntry =
  | ({ readonly kind: "email" | "sms" | "whatsapp"; readonly at: number } & CodeMessage)
  | ({ readonly kind: "magic-link"; readonly at: number } & MagicLinkMessage)
  | ({ readonly at: number } & Notice)
  | {
      readonly kind: "link";
      readonly at: number;
      readonly userId: string;
      readonly action: string;
      readonly url: string;
    };

/** Keeps what would have been sent, in memory, for a developer to read. */
export interface Outbox {
  /** To be the engine's delivery. */
  readonly delivery: Required<Delivery>;
  /** Keeps the link to a challenge. */
  addLink(link: { readonly userId: string; readonly action: string; readonly url: string }): void;
  /** Newest first. */
  entries(): readonly OutboxEntry[];
  /** The path of a link that leads to a challenge and fits a line, as long as the challenge's own is among the entries. */
  shortPath(url: string): string;
}

/** What the page for developers has a button for. */
export interface DevCase {
  /** On the button; no two have the same. */
  readonly name: string;
  readonly userId: string;
  readonly action: string;
  /** As the application would track it with. */
  readonly attributes: Omit<EngineTrackRequest["attributes"], "idempotencyKey">;
}

/** What a developer's machine has on top. */
export interface DevOptions {
  /** Served at `/dev/outbox`, to whoever has the API secret. */
  readonly outbox: Outbox;
  /**
   * Serves the outbox without credentials too, to programs of this machine: over the loopback interface, to a loopback host
   * name, by HTTP/1.1 on a connection that stays open, and without any header that proxies add. Needs `toNodeHandler`, or
   * another server that hands on the message of `node:http`.
   */
  readonly isLocal?: boolean;
  /** Served at `/dev/events`, to the same: what was sent to the webhook. */
  readonly events?: EventLog;
  /** Buttons of the page for developers, which is served at `/`, to the same. Asked each time; none by default. */
  readonly cases?: () => readonly DevCase[];
  /** The policy, for Authsignal's Management API to read and change; without one, all of that API is refused. */
  readonly policy?: EditablePolicy;
}

/** Options of {@link createOutbox}. */
export interface OutboxOptions {
  readonly clock?: Clock;
  /** Entries that are kept, 200 by default; the oldest go first. */
  readonly limit?: number;
  /** Called with each entry. */
  readonly onEntry?: (entry: OutboxEntry) => void;
}

const optionsSchema = defineOptions<OutboxOptions>({
  required: {},
  optional: { clock: option.withMethods("now"), limit: option.whole({ least: 1 }), onEntry: option.callback },
});

/** Creates an outbox that keeps the last 200 entries. Never for production: whoever reads it is every user. */
export function createOutbox(options?: OutboxOptions): Outbox {
  const {
    clock = systemClock,
    limit = DEFAULT_LIMIT,
    onEntry = () => undefined,
  } = readOptions("createOutbox", optionsSchema, options);
  const kept: OutboxEntry[] = [];

  function add(entry: OutboxEntry): void {
    kept.unshift(entry);
    kept.length = Math.min(kept.length, limit);
    onEntry(entry);
  }

  return {
    delivery: {
      sendEmail: (message) => add({ kind: "email", at: clock.now(), ...message }),
      sendSms: (message) => add({ kind: "sms", at: clock.now(), ...message }),
      sendWhatsApp: (message) => add({ kind: "whatsapp", at: clock.now(), ...message }),
      sendMagicLink: (message) => add({ kind: "magic-link", at: clock.now(), ...message }),
      sendNotice: (notice) => add({ at: clock.now(), ...notice }),
    },
    addLink: (link) => add({ kind: "link", at: clock.now(), ...link }),
    entries: () => [...kept],
    shortPath,
  };
}

/** Where a link to a challenge is found by a name that fits a line; below where the server is mounted. */
export function shortPath(url: string): string {
  return `/dev/link/${createHash("sha256").update(url).digest("hex").slice(0, 10)}`;
}
