import { ActionError, type Presenter, type PresentOptions, type Prompt } from "../src/index.ts";
import type { Backend } from "./backend.ts";

/** The parameters of a POST as the tests' bank expects it. */
export function post(
  backend: Backend,
  path: string,
  body: unknown = { amount: "100" },
  init: RequestInit = {},
): [string, RequestInit] {
  const headers = { "content-type": "application/json", "x-tenant": "acme" };
  return [backend.origin + path, { method: "POST", headers, body: JSON.stringify(body), ...init }];
}

/** The code of the `ActionError` that a promise rejects with, or else the error; `undefined` when it resolves. */
export async function codeOf(result: Promise<unknown>): Promise<unknown> {
  const error = await result.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error instanceof ActionError ? error.code : error;
}

/** A presenter that waits for the test. */
export interface ManualPresenter {
  readonly present: Presenter;
  /** What was presented so far, oldest first. */
  readonly shown: readonly Shown[];
  /** Resolves when `count` prompts have been presented. */
  until(count: number): Promise<void>;
}

export interface Shown extends PresentOptions {
  readonly prompt: Prompt;
  readonly resolve: (token?: string) => void;
  readonly reject: (error: unknown) => void;
}

export function manualPresenter(): ManualPresenter {
  const shown: Shown[] = [];
  const waiting: [count: number, wake: () => void][] = [];
  return {
    shown,
    present: (prompt, options) =>
      new Promise((resolve, reject) => {
        shown.push({ ...options, prompt, resolve, reject });
        for (const [count, wake] of waiting) if (shown.length >= count) wake();
      }),
    until: (count) => new Promise((wake) => (shown.length >= count ? wake() : void waiting.push([count, wake]))),
  };
}
