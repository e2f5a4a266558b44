import { Activity, StrictMode, useEffect, useState, useSyncExternalStore } from "react";
import { createRoot, type Root } from "react-dom/client";
import {
  type ActionFetch,
  type ActionResponse,
  createActionFetch,
  headless,
  redirect,
  type ResumedAction,
  resumeRedirect,
} from "../../src/index.ts";
import { type UseAction, useAction } from "../../src/react.ts";

const challenges = headless();
const leaves = new URLSearchParams(location.search).has("leaves");
const actionFetch = createActionFetch({ present: leaves ? redirect() : challenges.present });
const init = { method: "POST", headers: { "content-type": "application/json" }, body: '{"amount":"100"}' };

/** What became of each call, in the order in which they ended: a status, or nothing. */
const results: (number | undefined)[] = [];
/** What the component has, for tests that call it at a certain moment. */
let action: UseAction;

async function note(result: Promise<ActionResponse | undefined>): Promise<void> {
  results.push((await result)?.status);
}

interface WithdrawalProps {
  readonly fetch: ActionFetch;
  /** Runs as it is mounted, as in an effect of React. */
  readonly atOnce: boolean;
}

function Withdrawal({ fetch, atOnce }: WithdrawalProps): React.JSX.Element {
  const own = useAction(fetch);
  action = own;
  const challenge = useSyncExternalStore(challenges.subscribe, challenges.current);
  const { run } = own;
  useEffect(() => {
    if (atOnce) void note(run("/withdrawals", init));
  }, [run, atOnce]);
  return (
    <>
      <output id="status">{own.status}</output>
      {challenge && <output id="challenge">{challenge.prompt.token}</output>}
    </>
  );
}

/** As documents show it: what arrives for a component that is gone is not shown. */
function Return(): React.JSX.Element {
  const [resumed, setResumed] = useState<ResumedAction>();
  const [text, setText] = useState("");
  useEffect(() => {
    let isThere = true;
    void resumeRedirect(actionFetch).then(async (one) => {
      const body = await one?.response.text();
      if (!isThere) return;
      setResumed(one);
      setText(body ?? "");
    });
    return () => {
      isThere = false;
    };
  }, []);
  return <output id="resumed">{resumed ? `${resumed.action} ${resumed.response.status} ${text}` : ""}</output>;
}

let root: Root | undefined;

/** Mounts the component, or shows and hides it where it is mounted. */
function mount({ atOnce = false, mode = "visible" as "visible" | "hidden", fetch = actionFetch } = {}): void {
  root ??= createRoot(document.body);
  root.render(
    <StrictMode>
      <Activity mode={mode}>
        <Withdrawal fetch={fetch} atOnce={atOnce} />
      </Activity>
    </StrictMode>,
  );
}

function unmount(): void {
  root?.unmount();
  root = undefined;
}

/** A fetch that heeds no signal, and answers when it is told to. */
function deaf(): { readonly fetch: ActionFetch; answer(status: number): void; hasCalls(count: number): boolean } {
  const waiting: ((response: Response) => void)[] = [];
  let calls = 0;
  return {
    fetch: () => {
      calls += 1;
      return new Promise((resolve) => waiting.push(resolve));
    },
    answer: (status) => waiting.shift()?.(new Response("", { status })),
    hasCalls: (count) => calls === count,
  };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => requestAnimationFrame(resolve));
}

const strict = {
  challenges,
  results,
  mount,
  unmount,
  deaf,
  note,
  run: (own?: RequestInit) => note(action.run("/withdrawals", { ...init, ...own })),
  wait: () => note(action.waitForReview()),
  cancel: () => action.cancel(),
  status: () => document.querySelector("#status")?.textContent,
  until,
};

declare global {
  /** What the tests see of the page. */
  interface Window {
    readonly strict: typeof strict;
  }
}

Object.assign(window, { strict });
if (location.pathname === "/return") {
  createRoot(document.body).render(
    <StrictMode>
      <Return />
    </StrictMode>,
  );
}
