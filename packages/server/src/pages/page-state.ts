// What the server tells the page. The browser's side is checked against it too.

import type { PageLanguage } from "../languages/format-message.ts";

/**
 * Which screen the page begins with. `stuck`: the user has no authenticator that the action accepts, and no right to
 * add one. `too-new`: what the user has was enrolled after the action was asked for, and only those of before approve it.
 */
export type PageScreen =
  "challenge" | "enroll" | "settings" | "approved" | "refused" | "under-review" | "stuck" | "too-new";

/** One line of what is being approved. */
export interface ShownDetail {
  readonly label: string;
  readonly value: string;
  /** True for the one that people look for: the amount. */
  readonly isMain?: boolean;
}

/** A piece of a message: words of the policy's, or a value that was filled in. */
export type MessagePart = string | { readonly value: string };

/** An authenticator, as its owner sees it. */
export interface ShownAuthenticator {
  readonly userAuthenticatorId: string;
  readonly verificationMethod: string;
  /** What tells it from others: a masked address or number; of passkeys their name, or the names of all that will do. */
  readonly hint?: string;
  /** What its owner may call it; only for `settings`, of what has a name. */
  readonly name?: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Milliseconds since the epoch; absent where it was never used since it was set up. */
  readonly lastUsedAt?: number;
}

/** A code that was sent, and that an answer may still have. */
interface ShownCode {
  readonly verificationMethod: string;
  readonly purpose: "challenge" | "enrollment";
  /** Where it went, masked. */
  readonly hint: string;
  readonly sentAgoMs: number;
}

/** Everything that the page shows, read from the engine with the page's token. */
export interface PageState {
  /** The language to go on in, where it is another one than the page's. */
  readonly language?: PageLanguage;
  readonly screen: PageScreen;
  readonly action: {
    readonly name: string;
    /** The policy's message about it, filled in. */
    readonly message?: readonly MessagePart[];
    /** What the message does not say. */
    readonly details: readonly ShownDetail[];
  };
  readonly user: { readonly name: string; readonly email?: string; readonly phoneNumber?: string };
  /** What can complete the challenge, the preferred one first. */
  readonly methods: readonly ShownAuthenticator[];
  /** Methods that can be enrolled. */
  readonly enrollable: readonly string[];
  /** Where a phone number is asked for: the countries, by their names in the language, and the reader's own. */
  readonly phones?: {
    readonly countries: readonly (readonly [code: string, label: string])[];
    readonly preferred?: string;
  };
  /** True when setting up the first way to approve approves the action too. */
  readonly enrollingApproves: boolean;
  /** All that the user has; only for `settings`. */
  readonly authenticators: readonly ShownAuthenticator[];
  readonly sentCodes: readonly ShownCode[];
  /** For how many days the device may be remembered by this challenge; absent where it may not. */
  readonly rememberDays?: number;
  readonly expiresInMs: number;
  /** Where to return to, when that is allowed. */
  readonly redirectUrl?: string;
}
