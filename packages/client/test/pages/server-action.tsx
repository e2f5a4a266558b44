import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { headless, redirect } from "../../src/index.ts";
import { type ServerActionResult, useServerAction } from "../../src/react.ts";

const challenges = headless();
const leaves = new URLSearchParams(location.search).has("leaves");
const presenter = { present: leaves ? redirect() : challenges.present };

interface Input {
  readonly amount?: string;
}

/** What a framework makes of a server action in the browser. */
async function withdraw(
  token: string | undefined,
  input: Input,
): Promise<ServerActionResult<{ readonly ran: number }>> {
  const body = JSON.stringify({ token, input });
  const response = await fetch("/server-action", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  return response.json();
}

function Withdrawal(): React.JSX.Element {
  const action = useServerAction(withdraw, presenter);
  const challenge = useSyncExternalStore(challenges.subscribe, challenges.current);
  Object.assign(window, { action, challenges });
  return (
    <>
      <output id="status">{action.status}</output>
      <output id="result">{"result" in action && JSON.stringify(action.result)}</output>
      <output id="error">{"error" in action && String(action.error)}</output>
      {challenge && <output id="challenge">{challenge.prompt.token}</output>}
    </>
  );
}

createRoot(document.body).render(
  <StrictMode>
    <Withdrawal />
  </StrictMode>,
);
