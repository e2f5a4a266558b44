import { Agent } from "@mastra/core/agent";
import { RequestContext } from "@mastra/core/request-context";
import { MockLanguageModelV3 } from "ai/test";
import { scripted } from "../../scripted-model.ts";
import type { RunAgent } from "../run-agent.ts";
import { toolsOf } from "./mastra.ts";

export const runAgent: RunAgent = async (guard, inbox, pay, args) => {
  const { doGenerate, prompts } = scripted([{ ...args }]);
  const model = new MockLanguageModelV3({ doGenerate: doGenerate as never });
  const agent = new Agent({ id: "bank", name: "Bank", instructions: "Pay.", model });
  // A client may send it, and it changes nothing.
  const requestContext = new RequestContext([["user", "mallory"]]);
  const toolsets = { bank: toolsOf("alice", guard, inbox, pay) };
  const { response } = await agent.generate("Pay.", { toolsets, requestContext, maxSteps: 2 });
  return [...prompts, JSON.stringify(response.messages)].join("\n");
};
