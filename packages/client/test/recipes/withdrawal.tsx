import type { ActionFetch } from "@require-action/client";
import { useAction } from "@require-action/client/react";

export function Withdrawal({ actionFetch }: { actionFetch: ActionFetch }): React.JSX.Element {
  const withdrawal = useAction(actionFetch);
  return (
    <>
      <button onClick={() => void withdrawal.run("/withdrawals", { method: "POST" })}>Withdraw</button>
      {withdrawal.status === "running" && <button onClick={withdrawal.cancel}>Cancel</button>}
      {withdrawal.status === "review" && <button onClick={() => void withdrawal.waitForReview()}>Wait</button>}
      {withdrawal.status === "done" && <p>{withdrawal.response.ok ? "Done." : "That did not work."}</p>}
    </>
  );
}
