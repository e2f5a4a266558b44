import { Authsignal } from "@authsignal/browser";
import {
  type ActionFetch,
  authsignalLaunch,
  createActionFetch,
  type Presenter,
  redirect,
} from "@require-action/client";
import { ownScreen } from "./own-screen.ts";

const authsignal = new Authsignal({ tenantId: "example-bank", baseUrl: `${location.origin}/auth/v1` });

/** The ways to show a challenge. */
const presenters = {
  popup: () => authsignalLaunch(authsignal),
  window: () => authsignalLaunch(authsignal, { mode: "window" }),
  redirect: () => redirect(),
  own: () => ownScreen,
} satisfies Record<string, () => Presenter>;

type Mode = keyof typeof presenters;

const asked = new URLSearchParams(location.search).get("mode") ?? "";

/** How this page shows challenges: in a popup, unless `?mode=` says otherwise. */
export const mode: Mode = Object.hasOwn(presenters, asked) ? (asked as Mode) : "popup";

/** The page's `fetch` for what may need a challenge. */
export const actionFetch: ActionFetch = createActionFetch({ present: presenters[mode]() });
