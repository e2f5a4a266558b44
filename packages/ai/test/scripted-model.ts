interface Step {
  readonly content: readonly object[];
  readonly finishReason: { readonly unified: string; readonly raw: string };
  readonly usage: object;
  readonly warnings: readonly never[];
}

/** A model that makes these calls of `withdraw`, one a step, and keeps what it was sent. Its shape is that of both versions. */
export function scripted(calls: readonly Readonly<Record<string, unknown>>[]): {
  readonly doGenerate: (options: { readonly prompt: unknown }) => Promise<Step>;
  readonly prompts: readonly string[];
} {
  const prompts: string[] = [];
  const waiting = [...calls];
  return {
    prompts,
    async doGenerate({ prompt }) {
      prompts.push(JSON.stringify(prompt));
      const input = waiting.shift();
      const id = `call-${calls.length - waiting.length}`;
      const content = input
        ? { type: "tool-call", toolCallId: id, toolName: "withdraw", input: JSON.stringify(input) }
        : { type: "text", text: "That is all." };
      const reason = input ? "tool-calls" : "stop";
      const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
      return { content: [content], finishReason: { unified: reason, raw: reason }, usage, warnings: [] };
    },
  };
}
