import { convertToModelMessages, generateText, stepCountIs, tool } from "ai7";
import { MockLanguageModelV4 } from "ai7/test";
import { describeGuardExecute } from "./describe-guard-execute.ts";
import { scripted } from "./scripted-model.ts";

describeGuardExecute("AI SDK 7", async () => ({
  tool: (declared) => tool(declared as never),
  convertToModelMessages: (messages, options) => convertToModelMessages(messages as never, options),
  async generate({ tools, messages, context, calls }) {
    const { doGenerate, prompts } = scripted(calls);
    const model = new MockLanguageModelV4({ doGenerate: doGenerate as never });
    const stopWhen = stepCountIs(calls.length + 1);
    const toolsContext = { withdraw: context };
    const settings = { model, tools, messages, stopWhen, toolsContext } as unknown as Parameters<
      typeof generateText
    >[0];
    const { response, steps } = await generateText(settings);
    return [...prompts, JSON.stringify(response.messages), JSON.stringify(steps.map(({ content }) => content))];
  },
}));
