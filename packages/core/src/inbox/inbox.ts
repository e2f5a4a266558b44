import type { BoundFields } from "../binding/binding.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import type { ApprovalInbox, ApprovalRequest } from "./approval-inbox.ts";

/** An open request, for the page that shows it to its user. */
export interface OpenApproval {
  readonly id: string;
  readonly action: string;
  /** What is approved. Absent where nothing is bound. */
  readonly bound: BoundFields | undefined;
  /** Where it was asked for, as far as that is known. */
  readonly askedFrom: ApprovalRequest["askedFrom"];
  /** ISO 8601. */
  readonly askedAt: string;
  readonly expiresAt: string;
}

/** What a browser receives that has entered the right number: the challenge, and how it brings the result. */
export interface Matched {
  /** For a custom UI. */
  readonly token: string | undefined;
  /** The pre-built page. */
  readonly url: string | undefined;
  /** Keep it in an `HttpOnly` cookie of this browser: {@link Inbox.complete} takes a result with it only. */
  readonly ticket: string;
}

/** The challenge of a request that its user declined, so that whoever issued it can end it too. */
export type DeclinedChallenge = NonNullable<ApprovalRequest["challenge"]>;

/** An inbox, and what its page does with it. The page is behind the application's own session. */
export interface Inbox extends ApprovalInbox {
  /** The page of open requests. A request's own is below it. */
  readonly pageUrl: string;
  /** The open requests of a user, newest first. */
  open(user: string): Promise<readonly OpenApproval[]>;
  /**
   * Opens the challenge of a request for the browser that has entered its number. Another number ends the request: it is one
   * guess of 90. Nothing for a request that is not open, or is another user's.
   */
  match(user: string, id: string, matchingNumber: string): Promise<Matched | undefined>;
  /** Takes the result token that the browser with the ticket has brought. Nothing where there is nothing to complete. */
  complete(user: string, ticket: string, resultToken: string): Promise<OpenApproval | undefined>;
  /** Ends a request that the user says no to. Nothing where there is none of theirs. */
  decline(user: string, id: string): Promise<DeclinedChallenge | undefined>;
}

/** What a user is notified of: something waits for their approval. There is no number in it, and no token. */
export interface ApprovalNotice {
  readonly user: string;
  readonly action: string;
  /** What is approved. Absent where nothing is bound. */
  readonly bound: BoundFields | undefined;
  readonly askedFrom: ApprovalRequest["askedFrom"];
  /** The page of the request, which is worth nothing to anybody but the signed-in user. */
  readonly url: string;
  /** Milliseconds since the epoch, as is `expiresAt`. */
  readonly askedAt: number;
  readonly expiresAt: number;
}

/** Sends a notice. What it rejects with becomes a `notice_failed` event, and changes nothing else. */
export type SendNotice = (notice: ApprovalNotice) => Awaitable<unknown>;

/** Something that happened to an inbox. */
export type InboxEvent =
  | {
      /**
       * `request_declined`: the user did not ask for it. `wrong_number`: the user entered another number, which ended the request.
       */
      readonly type: "request_declined" | "wrong_number";
      readonly user: string;
      readonly action: string;
      readonly id: string;
    }
  | {
      /** `request_refused`: the user has too many that they have not approved. `notice_withheld`: the user had too many notices. */
      readonly type: "request_refused" | "notice_withheld";
      readonly user: string;
      readonly action: string;
    }
  | { readonly type: "notice_failed"; readonly user: string; readonly action: string; readonly cause: unknown };
