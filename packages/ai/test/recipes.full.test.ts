import { fileURLToPath } from "node:url";
import { AIMessage, HumanMessage } from "@langchain/core/messages";
import { MessagesAnnotation, StateGraph } from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";
import { Agent, Runner, Usage } from "@openai/agents-core";
import { createGuard, createMemoryLedger } from "@require-action/core";
import { createMemoryInbox } from "@require-action/core/agents";
import { compileFolder, installOwn } from "@require-action-test/support/own-installation";
import { createScriptedProvider } from "@require-action/testing";
import { beforeAll, expect, it } from "vitest";
import { toolsOf } from "./recipes/langgraph.ts";
import { createWithdraw } from "./recipes/openai-agents.ts";
import type { Pay, RunAgent } from "./recipes/run-agent.ts";

const PAYMENT = { amount: "10.00", payee: "DE02120300000000202051" };

const folderOfMastra = fileURLToPath(new URL("recipes/mastra", import.meta.url));

beforeAll(() => installOwn(folderOfMastra), 300_000);

const openAiAgents: RunAgent = async (guard, inbox, pay, args) => {
  const received: string[] = [];
  const call = {
    type: "function_call",
    callId: "c1",
    name: "withdraw",
    status: "completed",
    arguments: JSON.stringify(args),
  };
  const text = {
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: "Done." }],
  };
  const outputs = [call, text];
  const model = {
    async getResponse({ input }: { readonly input: unknown }) {
      received.push(JSON.stringify(input));
      return { output: [outputs.shift()], usage: new Usage() };
    },
  };
  const agent = new Agent<any>({
    name: "bank",
    instructions: "Pay.",
    tools: [createWithdraw(guard, inbox, pay)],
    model: model as never,
  });
  const runner = new Runner({ tracingDisabled: true, modelProvider: { getModel: () => model as never } });
  await runner.run(agent, "Pay.", { context: { user: { id: "alice" } } });
  return received.join("\n");
};

const langGraph: RunAgent = async (guard, inbox, pay, args) => {
  const outputs = [
    new AIMessage({ content: "", tool_calls: [{ id: "c1", name: "withdraw", args: { ...args } }] }),
    new AIMessage("Done."),
  ];
  const graph = new StateGraph(MessagesAnnotation)
    .addNode("model", async () => ({ messages: [outputs.shift()!] }))
    .addNode("tools", new ToolNode(toolsOf("alice", guard, inbox, pay)))
    .addEdge("__start__", "model")
    .addConditionalEdges("model", ({ messages }) =>
      (messages.at(-1) as AIMessage).tool_calls?.length ? "tools" : "__end__",
    )
    .addEdge("tools", "model")
    .compile();
  // A client may send it, and it changes nothing.
  const configurable = { user: "mallory" };
  const { messages } = await graph.invoke({ messages: [new HumanMessage("Pay.")] }, { configurable });
  return JSON.stringify(messages);
};

const mastra: RunAgent = async (...args) => {
  // Not known to the type check of the workspace, which does not install it.
  const { runAgent } = (await import(`${folderOfMastra}/run-agent.ts`)) as { readonly runAgent: RunAgent };
  return runAgent(...args);
};

it("the recipe for Mastra compiles", async () => expect(await compileFolder(folderOfMastra)).toBe(""), 120_000);

it.each([
  ["OpenAI Agents", openAiAgents],
  ["LangGraph", langGraph],
  ["Mastra", mastra],
])("T4, T5: the recipe for %s does what its user approved, once", async (_, runAgent) => {
  const provider = createScriptedProvider();
  provider.answer("CHALLENGE_REQUIRED");
  const sealSecrets = ["a secret of at least thirty-two bytes"];
  const guard = createGuard({ provider, sealSecrets, ledger: createMemoryLedger() });
  const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });
  const paid: string[] = [];
  const run = (args: object): Promise<string> => {
    const pay: Pay = (user, amount) => {
      paid.push(`${user} ${amount}`);
      return `sent ${amount}`;
    };
    return runAgent(guard, inbox, pay, args);
  };
  const first = await run(PAYMENT);
  const [, number] = / number (\d\d) /.exec(first)!;
  expect(paid).toEqual([]);
  const [open] = await inbox.open("alice");
  const { token, ticket } = (await inbox.match("alice", open!.id, number!))!;
  const result = provider.completeChallenge(token!, { verificationMethod: "PASSKEY" });
  expect(await inbox.complete("alice", ticket, result)).toBeDefined();
  const changed = await run({ ...PAYMENT, amount: "99.00" });
  expect(changed).toContain("approval_required");
  const second = await run(PAYMENT);
  expect(second).toContain("sent 10.00");
  expect(paid).toEqual(["alice 10.00"]);
  expect(await run(PAYMENT)).toContain("approval_required");
  for (const secret of [result, "token-", "challenge.example"]) expect(first + changed + second).not.toContain(secret);
});
