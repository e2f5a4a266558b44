import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import { Hono } from "hono";
import { createRequireAction, type HonoGuardOptions, type RequireAction } from "../src/index.ts";
import { signInByHeader } from "./harness.ts";

/** An application without routes, as a fetch runtime sees it. */
export interface TestApp {
  readonly app: Hono;
  readonly provider: ScriptedProvider;
  readonly requireAction: RequireAction;
  /** Posts to `/withdrawals` as alice. */
  post(body: RequestInit["body"], headers?: Record<string, string>): Promise<Response>;
  /** Has what is posted challenged, and answers the token of the completed challenge. */
  approve(body: RequestInit["body"], headers?: Record<string, string>): Promise<string>;
}

export function createTestApp(options: Partial<HonoGuardOptions> = {}): TestApp {
  const app = new Hono();
  app.use(signInByHeader);
  const provider = createScriptedProvider();
  const requireAction = createRequireAction({
    provider,
    sealSecrets: ["hono-test-seal-secret-0123456789-0123456789"],
    ledger: createMemoryLedger(),
    ...options,
  });
  const post: TestApp["post"] = async (body, headers) =>
    app.request("/withdrawals", { method: "POST", body: body!, headers: { "x-test-user": "alice", ...headers } });
  return {
    app,
    provider,
    requireAction,
    post,
    async approve(body, headers) {
      provider.answerNext("CHALLENGE_REQUIRED");
      const { token } = (await (await post(body, headers)).json()) as { token: string };
      return provider.completeChallenge(token);
    },
  };
}
