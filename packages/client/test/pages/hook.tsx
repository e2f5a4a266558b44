import { StrictMode, useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { createActionFetch, headless } from "../../src/index.ts";
import { useAction } from "../../src/react.ts";

const challenges = headless();
const actionFetch = createActionFetch({ present: challenges.present });
const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"amount":"100"}' };

function Withdrawal(): React.JSX.Element {
  const action = useAction(actionFetch);
  const challenge = useSyncExternalStore(challenges.subscribe, challenges.current);
  return (
    <>
      <button id="withdraw" onClick={() => void action.run("/withdrawals", init)} />
      <button id="wait" onClick={() => void action.waitForReview()} />
      <button id="cancel" onClick={action.cancel} />
      <output id="status">{action.status}</output>
      <output id="http">{"response" in action ? action.response.status : ""}</output>
      {challenge && <output id="challenge">{challenge.prompt.token}</output>}
    </>
  );
}

Object.assign(window, { challenges });
const root = createRoot(document.body);
root.render(
  <StrictMode>
    <Withdrawal />
  </StrictMode>,
);
Object.assign(window, { unmount: () => root.unmount() });
