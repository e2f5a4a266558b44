import { createMemoryLedger } from "@require-action/core";
import type { GuardEvent } from "@require-action/core/events";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import { createRequireAction, type FetchGuardOptions, type RequireAction } from "../src/index.ts";

/** What every guard of these tests is made of. */
export interface TestGuard {
  readonly provider: ScriptedProvider;
  readonly events: GuardEvent[];
  readonly options: Omit<FetchGuardOptions<any>, "user">;
}

export function createTestGuard(): TestGuard {
  const provider = createScriptedProvider();
  const events: GuardEvent[] = [];
  const options = {
    provider,
    sealSecrets: ["fetch-test-seal-secret-0123456789-0123456789"],
    ledger: createMemoryLedger(),
    on: (event: GuardEvent) => void events.push(event),
  };
  return { provider, events, options };
}

/** The plain adapter, for users that a header names. */
export function createTestAction(
  change: Partial<FetchGuardOptions> = {},
): TestGuard & { readonly requireAction: RequireAction } {
  const guard = createTestGuard();
  const user = (request: Request): string | null => request.headers.get("x-test-user");
  return { ...guard, requireAction: createRequireAction({ ...guard.options, user, ...change }) };
}

export const JSON_HEADERS = { "content-type": "application/json" };

/** A request of alice's. */
export function post(body?: BodyInit | null, headers: Record<string, string> = {}, init: RequestInit = {}): Request {
  return new Request("https://bank.example/withdrawals", {
    method: "POST",
    headers: { "x-test-user": "alice", ...headers },
    ...(body !== undefined && { body }),
    ...(body instanceof ReadableStream && { duplex: "half" }),
    ...init,
  } as RequestInit);
}

export async function codeOf(response: Response | Promise<Response>): Promise<unknown> {
  return ((await (await response).json()) as { code?: unknown }).code;
}
