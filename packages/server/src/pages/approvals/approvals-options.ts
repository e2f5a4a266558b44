import type { Inbox } from "@require-action/core/agents";
import { defineOptions, option, type OptionsSchema } from "@require-action/core/options";
import type { Awaitable } from "@require-action/core/provider";

/** Options of the inbox page, at `/approvals`. */
export interface ApprovalsOptions {
  /** Whose `pageUrl` is that of this page: `/approvals` below the engine's `baseUrl`. */
  readonly inbox: Inbox;
  /**
   * Who is signed in, by the application's own session; nothing when nobody is. The page shows nothing without it, and to nobody
   * what is another user's.
   */
  readonly user: (request: Request) => Awaitable<string | null | undefined>;
  /** Where people sign in, as the page links to it for whoever is not signed in. */
  readonly signInUrl?: string;
}

/** The schema of the server's `approvals`. */
export const approvalsSchema: OptionsSchema<ApprovalsOptions> = defineOptions<ApprovalsOptions>({
  required: { inbox: option.withMethods("open", "match", "complete", "decline"), user: option.callback },
  optional: {
    signInUrl: option.setting(
      (value) => typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
      "must be an absolute http(s) URL",
    ),
  },
});
