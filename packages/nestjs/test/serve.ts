import { Controller, HttpCode, type INestApplication, type ModuleMetadata, Post } from "@nestjs/common";
import { createMemoryLedger } from "@require-action/core";
import { createScriptedProvider, type ScriptedProvider } from "@require-action/testing";
import { afterEach } from "vitest";
import { type NestGuardOptions, RequireAction, RequireActionModule } from "../src/index.ts";
import { createModule, signInByHeader } from "./harness.ts";
import type { Platform } from "./platforms.ts";

/** A started application. */
export interface Served {
  readonly app: INestApplication;
  readonly provider: ScriptedProvider;
  /** Posts JSON to a path, as alice unless a header says otherwise. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<{ status: number; json: any }>;
  /** Has what is posted challenged, and answers the token of the completed challenge. */
  approve(path: string, body: unknown): Promise<string>;
}

/** A guarded route at `/` that does nothing. */
@Controller()
export class Withdrawals {
  @Post()
  @HttpCode(200)
  @RequireAction("withdraw-funds")
  create(): void {}
}

const running: INestApplication[] = [];

afterEach(async () => {
  for (const app of running.splice(0)) await app.close();
});

/** Options that every test may start from. */
export function guardOptions(): NestGuardOptions & { provider: ScriptedProvider } {
  return {
    provider: createScriptedProvider(),
    sealSecrets: ["nest-test-seal-secret-0123456789-0123456789"],
    ledger: createMemoryLedger(),
  };
}

/** Starts an application of these parts on this platform; `configure` comes before the start. */
export async function serve(
  platform: Platform,
  metadata: ModuleMetadata,
  {
    configure,
    options = guardOptions(),
  }: { configure?: (app: INestApplication) => void; options?: ReturnType<typeof guardOptions> } = {},
): Promise<Served> {
  const { imports = [RequireActionModule.forRoot(options)] } = metadata;
  const app = await platform.create(createModule({ ...metadata, imports }), { parseBody: true });
  running.push(app);
  app.useGlobalGuards(signInByHeader);
  configure?.(app);
  await platform.start(app);
  await app.listen(0, "127.0.0.1");
  const address = await app.getUrl();
  const { provider } = options;
  const post: Served["post"] = async (path, body, headers) => {
    const answer = await fetch(address + path, {
      method: "POST",
      headers: { "x-test-user": "alice", "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return { status: answer.status, json: JSON.parse((await answer.text()) || "null") };
  };
  return {
    app,
    provider,
    post,
    async approve(path, body) {
      provider.answerNext("CHALLENGE_REQUIRED");
      return provider.completeChallenge((await post(path, body)).json.token);
    },
  };
}
