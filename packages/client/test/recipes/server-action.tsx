import type { Presenter } from "@require-action/client";
import { type ServerAction, useServerAction } from "@require-action/client/react";

interface Props {
  readonly withdraw: ServerAction<[{ readonly amount: string }], { readonly balance: string }>;
  readonly present: Presenter;
}

export function Transfer({ withdraw, present }: Props): React.JSX.Element {
  const transfer = useServerAction(withdraw, { present });
  return (
    <>
      <button onClick={() => void transfer.run({ amount: "250.00" })}>Withdraw</button>
      {transfer.status === "running" && <button onClick={transfer.cancel}>Cancel</button>}
      {transfer.status === "done" && (
        <p>{transfer.result.kind === "done" ? transfer.result.value.balance : transfer.result.message}</p>
      )}
    </>
  );
}
