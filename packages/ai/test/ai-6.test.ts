import { convertToModelMessages, generateText, stepCountIs, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { describeGuardExecute } from "./describe-guard-execute.ts";
import { scripted } from "./scripted-model.ts";

describeGuardExecute("AI SDK 6", async () => ({
  tool: (declared) => tool(declared as never),
  convertToModelMessages: (messages, options) => convertToModelMessages(messages as never, options),
  async generate({ tools, messages, context, calls }) {
    const { doGenerate, prompts } = scripted(calls);
    const model = new MockLanguageModelV3({ doGenerate: doGenerate as never });
    const stopWhen = stepCountIs(calls.length + 1);
    const settings = { model, tools, messages, stopWhen, experimental_context: context } as unknown as Parameters<
      typeof generateText
    >[0];
    const { response, steps } = await generateText(settings);
    return [...prompts, JSON.stringify(response.messages), JSON.stringify(steps.map(({ content }) => content))];
  },
}));
