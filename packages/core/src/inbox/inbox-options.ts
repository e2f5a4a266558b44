import { type Clock, systemClock } from "../lib/clock.ts";
import { withoutThrowing } from "../lib/listener.ts";
import { isWebOrigin } from "../lib/web-url.ts";
import { option } from "../options/option.ts";
import { defineOptions, type OptionEntries, readOptions } from "../options/read-options.ts";
import type { InboxEvent, SendNotice } from "./inbox.ts";
import type { InboxStore } from "./inbox-store.ts";

/** Options of `createInbox`. */
export interface InboxOptions {
  /**
   * The page of open requests, as `https://bank.example/approvals`: the application's own, or the one of `createServer`. A request's
   * own page is below it, by an id that opens nothing to anybody but its user.
   */
  readonly pageUrl: string;
  /**
   * Secrets of at least 32 bytes, by which tokens are encrypted in the store; the first encrypts, and all of them decrypt.
   */
  readonly secrets: readonly (string | Uint8Array)[];
  /** Where requests are kept: of `@require-action/sql`, or one of your own. */
  readonly store: InboxStore;
  /** Where the pre-built page sends the browser back to with the result, an origin of the guard's `redirectOrigins`. */
  readonly returnUrl?: string;
  /** How many requests a user may have that they have not approved: those that they declined count until they expire. 10 by default. */
  readonly limitPerUser?: number;
  /** Sends a notice to the user of a request, by e-mail or push. Nobody waits for it. */
  readonly notify?: SendNotice;
  /** How many notices a user receives within ten minutes, 3 by default. What is more is in the inbox all the same. */
  readonly noticesPerUser?: number;
  /** Receives what a user declined, and notices that were withheld or failed. What it throws changes nothing. */
  readonly on?: (event: InboxEvent) => unknown;
  readonly clock?: Clock;
}

/** The options, as they are used. */
export interface ReadInboxOptions extends Pick<InboxOptions, "pageUrl" | "returnUrl" | "secrets" | "store"> {
  readonly limitPerUser: number;
  readonly notices: { readonly send: SendNotice | undefined; readonly most: number };
  readonly clock: Clock;
  readonly emit: (event: InboxEvent) => void;
}

const { callback, listOf, setting, whole, withMethods } = option;

const webUrl = setting(
  (value) =>
    typeof value === "string" && URL.canParse(value) && isWebOrigin(new URL(value).origin) && !/[?#]/.test(value),
  "must be an absolute http(s) URL without query and fragment",
);

const commonEntries: OptionEntries<Omit<InboxOptions, "store" | "secrets">> = {
  required: { pageUrl: webUrl },
  optional: {
    returnUrl: webUrl,
    limitPerUser: whole({ least: 1, most: 1000, unit: "requests" }),
    notify: callback,
    noticesPerUser: whole({ least: 1, most: 100, unit: "notices" }),
    on: callback,
    clock: withMethods("now"),
  },
};

const ownSchema = defineOptions(commonEntries);
const sharedSchema = defineOptions<InboxOptions>({
  required: {
    ...commonEntries.required,
    store: withMethods("insert", "list", "find", "replace", "countNotice"),
    secrets: listOf(
      setting(
        (value) => (typeof value === "string" || value instanceof Uint8Array) && Buffer.byteLength(value) >= 32,
        "must be a string or bytes, at least 32 bytes long, as of openssl rand -base64 32",
      ),
      { least: 1, of: "secrets" },
    ),
  },
  optional: commonEntries.optional,
});

/** Reads the options of a factory, which may have a store of its own. @throws ConfigurationError for the first that is wrong */
export function readInboxOptions(
  factory: string,
  given: unknown,
  own?: Pick<InboxOptions, "store" | "secrets">,
): ReadInboxOptions {
  const read = {
    ...readOptions<any>(factory, own === undefined ? sharedSchema : ownSchema, given),
    ...own,
  } as InboxOptions;
  const { pageUrl, store, secrets, returnUrl, limitPerUser = 10, notify, noticesPerUser = 3, on, clock } = read;
  return {
    pageUrl: pageUrl.replace(/\/$/, ""),
    store,
    secrets: [...secrets],
    ...(returnUrl !== undefined && { returnUrl }),
    limitPerUser,
    notices: { send: notify, most: noticesPerUser },
    clock: clock ?? systemClock,
    emit: on === undefined ? () => {} : withoutThrowing(on),
  };
}
