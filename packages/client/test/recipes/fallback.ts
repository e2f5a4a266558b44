import { ActionError, type Presenter, redirect } from "@require-action/client";

/** Opens a window, and leaves for the page where the browser blocks that. */
export function windowOrRedirect(launch: Presenter): Presenter {
  const leave = redirect();
  return async (prompt, options) => {
    try {
      return await launch(prompt, options);
    } catch (error) {
      if (error instanceof ActionError && error.code === "popup_blocked") return leave(prompt, options);
      throw error;
    }
  };
}
