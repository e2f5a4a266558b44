import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHarness, type Harness } from "./harness.ts";
import { type Agent, type Message, runAgent, type ToolCall } from "./recipes/agent-tool.ts";
import { createRouter } from "./recipes/trpc.ts";

const PAYEE = "DE02120300000000202051";

describe("the tRPC recipe", () => {
  async function serve({ guard }: Harness) {
    const withdrawn: string[] = [];
    const router = createRouter(guard, {
      withdraw: async (userId, amount) => {
        withdrawn.push(`${userId} ${amount}`);
        return { balance: "9.00" };
      },
    });
    const server = createServer(
      createHTTPHandler({
        router,
        createContext: ({ req }) => ({
          userId: req.headers["x-test-user"] as string | undefined,
          ipAddress: req.socket.remoteAddress,
          actionToken: req.headers["action-token"] as string | undefined,
        }),
      }),
    );
    onTestFinished(() => void server.close());
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/withdraw`;
    const withdraw = async (amount: unknown, headers: Record<string, string> = {}): Promise<any> => {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "x-test-user": "alice", ...headers },
        body: JSON.stringify({ amount, payee: PAYEE }),
      });
      const { result, error } = (await response.json()) as any;
      return result?.data ?? error.data;
    };
    return { withdraw, withdrawn };
  }

  it("T4, T5: has what was approved done once, and answers with the union", async () => {
    const harness = createHarness();
    const { withdraw, withdrawn } = await serve(harness);
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    const challenge = await withdraw("10.00");
    expect(challenge).toMatchObject({ kind: "challenge_required", bound: { amount: "10.00", payee: PAYEE } });
    const token = harness.provider.completeChallenge(challenge.token, { verificationMethod: "PASSKEY" });
    const headers = { "action-token": token };
    expect(await withdraw("99.00", headers)).toMatchObject({ code: "action_parameters_changed" });
    expect(await withdraw("10.00", headers)).toEqual({ kind: "done", value: { balance: "9.00" } });
    expect(await withdraw("10.00", headers)).toMatchObject({ kind: "refused", code: "action_token_used", status: 409 });
    expect(withdrawn).toEqual(["alice 10.00"]);
  });

  it("refuses strangers and input that is none", async () => {
    const { withdraw, withdrawn } = await serve(createHarness());
    expect(await withdraw("10.00", { "x-test-user": "" })).toMatchObject({ code: "authentication_required" });
    expect(await withdraw(10)).toMatchObject({ code: "BAD_REQUEST" });
    expect(withdrawn).toEqual([]);
  });
});

describe("the recipe of an agent's tool", () => {
  /** An agent whose model asks for these transfers, one after the other. */
  function createAgent(harness: Harness, amounts: readonly string[], askPerson: Agent["askPerson"]) {
    const transferred: string[] = [];
    const waiting = amounts.map((amount, index): ToolCall => ({
      id: `call-${index}`,
      name: "transfer",
      arguments: { amount, payee: PAYEE },
    }));
    const agent: Agent = {
      guard: harness.guard,
      askPerson,
      model: async () => {
        const call = waiting.shift();
        return { role: "assistant", text: call ? "" : "That is all.", ...(call && { toolCalls: [call] }) };
      },
      tools: new Map([
        [
          "transfer",
          {
            run: async ({ bound }) => {
              transferred.push(String(bound?.["amount"]));
              return `${bound?.["amount"]} EUR are on their way.`;
            },
          },
        ],
      ]),
    };
    return { agent, transferred };
  }

  const toolTexts = (messages: readonly Message[]): string[] =>
    messages.filter(({ role }) => role === "tool").map(({ text }) => text);

  it("T4, T5: asks the person about each call, who sees what is approved, and keeps tokens from the model", async () => {
    const harness = createHarness();
    harness.provider.answer("CHALLENGE_REQUIRED");
    const tokens: string[] = [];
    const shown: unknown[] = [];
    const { agent, transferred } = createAgent(harness, ["10.00", "10.00"], async ({ bound, token }) => {
      shown.push({ ...bound });
      tokens.push(harness.provider.completeChallenge(token!));
      return tokens.at(-1);
    });
    const messages = await runAgent(agent, "alice", "Pay the rent, twice.");
    expect(transferred).toEqual(["10.00", "10.00"]);
    expect(shown).toEqual(Array.from({ length: 2 }, () => ({ amount: "10.00", payee: PAYEE })));
    for (const token of tokens) expect(JSON.stringify(messages)).not.toContain(token);
  });

  it("does nothing that the person declines, that is blocked, or that nobody offers", async () => {
    const harness = createHarness();
    harness.provider.answerNext("CHALLENGE_REQUIRED");
    harness.provider.answerNext("BLOCK");
    harness.provider.answerNext("REVIEW_REQUIRED");
    const { agent, transferred } = createAgent(harness, ["1.00", "2.00", "3.00"], async () => undefined);
    expect(toolTexts(await runAgent(agent, "alice", "Pay."))).toEqual([
      expect.stringContaining("declined"),
      expect.stringContaining("has not been done"),
      expect.stringContaining("has not been done"),
    ]);
    const { agent: curious } = createAgent(harness, ["1.00"], async () => undefined);
    expect(toolTexts(await runAgent({ ...curious, tools: new Map() }, "alice", "Pay."))).toEqual([
      "There is no such tool.",
    ]);
    expect(transferred).toEqual([]);
  });
});

it("docs/off-http.md shows the recipes", () => {
  const document = readFileSync(new URL("../../../docs/off-http.md", import.meta.url), "utf8");
  const folder = new URL("recipes/", import.meta.url);
  for (const file of readdirSync(folder)) {
    expect(document).toContain(`\`\`\`ts\n${readFileSync(new URL(file, folder), "utf8")}\`\`\``);
  }
});
