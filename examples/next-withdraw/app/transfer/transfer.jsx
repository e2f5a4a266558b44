"use client";

import { Authsignal } from "@authsignal/browser";
import { authsignalLaunch } from "@require-action/client";
import { useServerAction } from "@require-action/client/react";
import { transfer } from "./actions.js";

const present = (prompt, options) => authsignalLaunch(new Authsignal({ tenantId: "example-bank" }))(prompt, options);

export function Transfer() {
  const { status, result, run, cancel } = useServerAction(transfer, { present });
  const send = (event) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    void run({ amount: form.get("amount"), currency: "EUR", payee: form.get("payee") });
  };
  return (
    <main>
      <h1>Transfer</h1>
      <form onSubmit={send}>
        <label>
          Amount in EUR <input name="amount" defaultValue="250.00" />
        </label>
        <label>
          To <input name="payee" defaultValue="DE02120300000000202051" />
        </label>
        <button>Transfer</button>
      </form>
      {status === "running" && <button onClick={cancel}>Cancel</button>}
      <p role="status">{said(status, result)}</p>
    </main>
  );
}

function said(status, result) {
  if (status === "cancelled") return "The transfer was not confirmed.";
  if (status === "failed") return "That did not work.";
  if (status !== "done") return "";
  if (result.kind !== "done") return result.message;
  return result.value.error ?? `${result.value.withdrawn} EUR are on their way.`;
}
