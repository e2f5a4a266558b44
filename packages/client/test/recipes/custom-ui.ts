import type { Authsignal } from "@authsignal/browser";
import { createActionFetch, headless } from "@require-action/client";

const challenges = headless();
export const actionFetch = createActionFetch({ present: challenges.present });

export function showChallenges(authsignal: Authsignal, dialog: HTMLDialogElement, form: HTMLFormElement): void {
  challenges.subscribe(() => {
    if (challenges.current()) dialog.showModal();
    else dialog.close();
  });
  dialog.addEventListener("cancel", () => challenges.current()?.cancel());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const presentation = challenges.current();
    if (!presentation?.prompt.token) return;
    authsignal.setToken(presentation.prompt.token);
    const { data } = await authsignal.totp.verify({ code: String(new FormData(form).get("code")) });
    if (data?.isVerified) presentation.complete(data.token);
  });
}
