import { Authsignal } from "@authsignal/browser";
import { ActionError, authsignalLaunch, createActionFetch } from "@require-action/client";

const authsignal = new Authsignal({ tenantId: "your-tenant-id" });
const actionFetch = createActionFetch({ present: authsignalLaunch(authsignal) });

export async function withdraw(amount: string): Promise<string> {
  try {
    const response = await actionFetch("/withdrawals", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amount }),
    });
    if (response.review) return "We look at it and tell you.";
    return response.ok ? "Done." : "That did not work.";
  } catch (error) {
    if (error instanceof ActionError && error.code === "challenge_cancelled") return "Not done.";
    throw error;
  }
}
