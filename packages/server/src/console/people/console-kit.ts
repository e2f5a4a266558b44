import type { ReviewerRole } from "@require-action/engine/reviewers";
import type { ActionRecord } from "@require-action/engine/store";
import type { Endpoint } from "../../http/dispatcher.ts";
import type { Form } from "../../http/read-form.ts";
import type { Html } from "../../pages/html.ts";

/** The reviewer who is signed in, as pages know them. */
export interface PageSession {
  readonly id: string;
  readonly reviewer: string;
  readonly role: ReviewerRole;
  readonly userIds: readonly string[];
  readonly formToken: string;
}

/** Answers one request of a signed-in reviewer. */
type SessionPage = (request: Request, url: URL, session: PageSession) => Promise<Response>;

/** What the console gives the pages about people. */
export interface ConsoleKit {
  /** Asks others to sign in first, and refuses what takes another role. */
  signedIn(page: SessionPage): Endpoint["respond"];
  show(
    session: PageSession,
    frame: {
      readonly title: string;
      readonly current?: "users" | "reviewers" | "sessions" | "figures";
      readonly usesPasskeys?: boolean;
      readonly cookies?: readonly string[];
      readonly notice?: string | undefined;
    },
    content: Html,
  ): Promise<Response>;
  /** What this browser is known by, and the header that says so to one that was not known. */
  browser(request: Request): { readonly secret: string; readonly cookies: readonly string[] };
  /** True where the reviewer can sign in without any passkey. */
  hasOtherWay(reviewerId: string): boolean;
  /** What this session's own page has posted. @throws EngineError `request_invalid` */
  readForm(request: Request, formToken: string): Promise<Form>;
  seeOther(location: string): Response;
  table(label: string, columns: readonly string[], rows: readonly Html[]): Html;
  time(at: number): Html;
  /** The state of an action as a coloured word. */
  state(action: ActionRecord): Html;
}
