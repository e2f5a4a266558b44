import { StrictMode, useState } from "react";
import { createRoot, type Root } from "react-dom/client";
import { type UseChallenge, useChallenge } from "../../src/react.ts";

/** What became of the challenges, in order: nothing for one that was given up. */
const results: (string | undefined)[] = [];
let challenge: UseChallenge;

function Screen({ token }: { readonly token: string }): React.JSX.Element {
  const own = useChallenge(token, { baseUrl: "/v1", onResult: (result) => results.push(result) });
  challenge = own;
  const [code, setCode] = useState("");
  const { status, methods, enrollable, failure, waitsFor, isBusy } = own;
  return (
    <>
      <output id="status">{[status, isBusy && "busy", waitsFor, failure?.reason].filter(Boolean).join(" ")}</output>
      {[...methods, ...enrollable].map(({ verificationMethod, sentAt }) => (
        <span key={verificationMethod}>
          {sentAt && <i id="sent">{verificationMethod}</i>}
          <button onClick={() => void own.send(verificationMethod)}>send {verificationMethod}</button>
          <button onClick={() => void own.enroll(verificationMethod)}>enroll {verificationMethod}</button>
          <button onClick={() => void own.verify(verificationMethod, code)}>verify {verificationMethod}</button>
        </span>
      ))}
      <input id="code" value={code} onChange={({ target }) => setCode(target.value)} />
      <button onClick={own.cancel}>cancel</button>
    </>
  );
}

let root: Root | undefined;

const screen = {
  results,
  challenge: () => challenge,
  mount(token: string): void {
    root ??= createRoot(document.querySelector("main")!);
    root.render(
      <StrictMode>
        <Screen token={token} />
      </StrictMode>,
    );
  },
  unmount(): void {
    root?.unmount();
    root = undefined;
  },
};

declare global {
  /** What the tests see of the page. */
  interface Window {
    readonly ownScreen: typeof screen;
  }
}

Object.assign(window, { ownScreen: screen });
