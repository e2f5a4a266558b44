// A screen of the bank's own, in place of the challenge page: what is approved, the ways to prove oneself, and a code.
import { type ChallengeMethod, type ChallengeState, createChallenge, type Presenter } from "@require-action/client";

const $ = (id: string): HTMLElement => document.getElementById(id)!;
const dialog = document.querySelector<HTMLDialogElement>("#challenge")!;
const form = document.querySelector<HTMLFormElement>("#code")!;
const names: Readonly<Record<string, string>> = {
  PASSKEY: "Passkey",
  AUTHENTICATOR_APP: "Authenticator app",
  EMAIL_OTP: "E-mail code",
  RECOVERY_CODE: "Recovery code",
};

/** What the user is told, whatever the state. */
function textOf({ status, waitsFor, failure, app, recoveryCodes }: ChallengeState): string {
  if (recoveryCodes) return `Write these recovery codes down: ${recoveryCodes.join(" ")}`;
  if (waitsFor) return "Your device asks you to confirm.";
  if (failure?.reason === "wrong_answer") return "That code is not right.";
  if (failure?.retryAfterSeconds) return `Too many tries. Try again in ${failure.retryAfterSeconds} seconds.`;
  if (failure) return "That did not work. Try again.";
  return app ? `Add this key to your app: ${app.secret}` : status === "loading" ? "One moment …" : "";
}

export const ownScreen: Presenter = async ({ token = "", url }, { signal }) => {
  const challenge = createChallenge(token, { baseUrl: new URL("v1", url).href, signal });
  let asked: ChallengeMethod | undefined;

  /** Answers with a passkey at once; asks for a code otherwise, which is sent first where it has to be. */
  function ask(method: ChallengeMethod, isNew: boolean): void {
    const { verificationMethod: name, kind, sentAt } = method;
    asked = kind === "passkey" ? undefined : method;
    if (isNew) void challenge.enroll(name);
    else if (kind === "passkey") void challenge.verify(name);
    else if (kind === "sent-code" && !sentAt) void challenge.send(name);
    render();
    if (asked) form.querySelector("input")!.focus();
  }

  function render(): void {
    const { fields, methods, enrollable, recoveryCodes, isBusy } = challenge.state;
    $("bound").textContent = fields ? `${fields["amount"]} ${fields["currency"]} to ${fields["payee"]}` : "";
    $("challenge-text").textContent = textOf(challenge.state);
    // The bank has no form for an address: whoever has none yet sets up a passkey or an app.
    const added = enrollable.filter(({ kind }) => kind === "passkey" || kind === "own-code");
    const buttons = [...methods, ...added].map((method) => {
      const button = document.createElement("button");
      button.textContent = names[method.verificationMethod] ?? method.verificationMethod;
      button.addEventListener("click", () => ask(method, added.includes(method)));
      return button;
    });
    if (!asked) $("methods").replaceChildren(...buttons);
    $("methods").hidden = asked !== undefined;
    form.hidden = asked === undefined || recoveryCodes !== undefined;
    form.querySelector("button")!.disabled = isBusy;
    $("kept").hidden = recoveryCodes === undefined;
  }

  const over = new AbortController();
  const on = (target: EventTarget, type: string, listener: (event: Event) => void): void =>
    target.addEventListener(type, listener, { signal: over.signal });
  on(form, "submit", (event) => {
    event.preventDefault();
    if (asked) void challenge.verify(asked.verificationMethod, String(new FormData(form).get("code")));
  });
  on($("kept"), "click", () => void challenge.finish());
  on($("not-now"), "click", challenge.cancel);
  on(dialog, "cancel", challenge.cancel);
  challenge.subscribe(render);
  render();
  form.reset();
  dialog.showModal();
  const result = await challenge.result;
  over.abort();
  dialog.close();
  return result;
};
