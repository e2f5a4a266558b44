import { ActionError } from "../wire/action-error.ts";
import { pageOf, type Presenter } from "./presenter.ts";
import { createTurns } from "../wire/turns.ts";

/** How the pre-built page opens, in the words of the browser SDK: in an iframe above the page by default. */
export type LaunchOptions = PopupLaunchOptions | WindowLaunchOptions;

/** Options of the iframe; sizes are CSS lengths. */
export interface PopupLaunchOptions {
  readonly mode?: "popup";
  readonly popupOptions?: { readonly width?: string; readonly height?: string; readonly isClosable?: boolean };
}

/** Options of the window; sizes are in pixels. */
export interface WindowLaunchOptions {
  readonly mode: "window";
  readonly windowOptions?: { readonly width?: number; readonly height?: number };
}

/** What is used of an `Authsignal` of `@authsignal/browser`. */
export interface AuthsignalLauncher {
  /** Shows the page in an iframe above this one. */
  launch(url: string, options: PopupLaunchOptions & { readonly mode: "popup" }): Promise<LaunchResult>;
  /** Shows the page in a window of its own. */
  launch(url: string, options: WindowLaunchOptions): Promise<LaunchResult>;
}

/** What the browser SDK answers: no `token` when the user closed the page. */
export interface LaunchResult {
  readonly token?: string;
}

const POLL_MS = 200;

/**
 * Presents challenges on the pre-built page by the official browser SDK, one at a time. What the user closes is cancelled;
 * a window that the browser does not open is `popup_blocked`.
 *
 * @see https://docs.authsignal.com/sdks/client/web/prebuilt-ui
 */
export function authsignalLaunch(authsignal: AuthsignalLauncher, options: LaunchOptions = {}): Presenter {
  const takeTurn = createTurns();
  return (prompt, { signal }) =>
    takeTurn("", async () => {
      signal.throwIfAborted();
      const page = pageOf(prompt);
      // Asked as the page itself asks it: the SDK has no other way to take a challenge away.
      const close = (): void => {
        const data = JSON.stringify({ event: "AUTHSIGNAL_CLOSE_POPUP" });
        dispatchEvent(new MessageEvent("message", { origin: page.origin, data }));
      };
      signal.addEventListener("abort", close);
      try {
        const { token } = await launch(authsignal, queryUrl(page), options, close);
        return token;
      } finally {
        signal.removeEventListener("abort", close);
      }
    });
}

/** The SDK appends `&mode=popup` as it is. */
function queryUrl(page: URL): string {
  const { origin, pathname, search } = page;
  return `${origin}${pathname}${search || "?"}`;
}

function launch(
  authsignal: AuthsignalLauncher,
  url: string,
  options: LaunchOptions,
  close: () => void,
): Promise<LaunchResult> {
  if (options.mode !== "window") return authsignal.launch(url, { ...options, mode: "popup" });
  // The SDK keeps its window to itself, and never settles once the user has closed it.
  const { open } = window;
  let opened: Window | null | undefined;
  window.open = (...parameters) => (opened = open.apply(window, parameters));
  try {
    const launched = authsignal.launch(url, options);
    return opened ? untilClosed(launched, opened, close) : launched;
  } catch (error) {
    throw opened === null ? new ActionError("popup_blocked") : error;
  } finally {
    window.open = open;
  }
}

/** The result, or none once the user has closed the window. The SDK listens for it until it is asked to close it. */
async function untilClosed(launched: Promise<LaunchResult>, opened: Window, close: () => void): Promise<LaunchResult> {
  let isOver = false;
  const result = launched.finally(() => (isOver = true));
  const closed = async (): Promise<LaunchResult> => {
    while (!opened.closed) await nextPoll();
    // What the page sent before it went may still be on its way.
    await nextPoll();
    if (!isOver) close();
    return {};
  };
  return Promise.race([result, closed()]);
}

function nextPoll(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}
