import { type ChallengeMethod, createActionFetch, headless } from "@require-action/client";
import { useChallenge } from "@require-action/client/react";
import { useState, useSyncExternalStore } from "react";

const challenges = headless();
export const actionFetch = createActionFetch({ present: challenges.present });

/** Stands once in the application, and shows whatever challenge is open. */
export function Challenges(): React.JSX.Element | null {
  const presentation = useSyncExternalStore(challenges.subscribe, challenges.current);
  if (!presentation?.prompt.token) return null;
  const { prompt, complete, cancel } = presentation;
  const onResult = (result?: string): void => (result === undefined ? cancel() : complete(result));
  return <ChallengeScreen key={prompt.token} token={prompt.token!} onResult={onResult} />;
}

function ChallengeScreen(props: { token: string; onResult: (result?: string) => void }): React.JSX.Element {
  const challenge = useChallenge(props.token, { baseUrl: "https://auth.example.com/v1", onResult: props.onResult });
  const { fields = {}, methods, enrollable, app, recoveryCodes, failure, waitsFor, isBusy } = challenge;
  const [asked, setAsked] = useState<ChallengeMethod>();
  const [code, setCode] = useState("");

  function answerWith(method: ChallengeMethod): void {
    const { verificationMethod, kind, sentAt } = method;
    if (kind === "passkey") return void challenge.verify(verificationMethod);
    setAsked(method);
    if (kind === "sent-code" && !sentAt) void challenge.send(verificationMethod);
  }

  function setUp(method: ChallengeMethod): void {
    if (method.kind !== "passkey") setAsked(method);
    void challenge.enroll(method.verificationMethod);
  }

  if (recoveryCodes) return <button onClick={challenge.finish}>I have written down {recoveryCodes.join(", ")}</button>;
  return (
    <section aria-label="Confirm that it is you">
      {Object.entries(fields).map(([name, value]) => (
        <p key={name}>{`${name}: ${value}`}</p>
      ))}
      <p role="status">{waitsFor ? "Confirm on your device." : failure?.reason}</p>
      {app && <p>{`Add this key to your app: ${app.secret}`}</p>}
      {asked && (
        <form action={() => void challenge.verify(asked.verificationMethod, code)}>
          <input aria-label="Code" autoComplete="one-time-code" onChange={({ target }) => setCode(target.value)} />
          <button disabled={isBusy}>Confirm</button>
        </form>
      )}
      {methods.map((method) => (
        <button
          key={method.verificationMethod}
          onClick={() => answerWith(method)}
          children={method.verificationMethod}
        />
      ))}
      {enrollable.map((method) => (
        <button
          key={method.verificationMethod}
          onClick={() => setUp(method)}
        >{`Set up ${method.verificationMethod}`}</button>
      ))}
      <button onClick={challenge.cancel}>Cancel</button>
    </section>
  );
}
