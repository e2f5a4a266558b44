import type { ApprovedAction, Guard } from "@require-action/core";
import type { ChallengeRequired } from "@require-action/core/off-http";

/** What a model asks for, in any provider's words. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

export type Message =
  | { readonly role: "user" | "assistant"; readonly text: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: "tool"; readonly toolCallId: string; readonly text: string };

/** A tool whose deed a person must answer for. Its action is named after it, and its arguments are what is bound. */
export interface GuardedTool {
  run(approved: ApprovedAction): Promise<string>;
}

export interface Agent {
  readonly guard: Guard<any>;
  /** Answers with what the model says next. */
  readonly model: (messages: readonly Message[]) => Promise<Message & { readonly role: "assistant" }>;
  readonly tools: ReadonlyMap<string, GuardedTool>;
  /** Shows the challenge to the person, beside the conversation; answers the result token, or nothing if they decline. */
  readonly askPerson: (challenge: ChallengeRequired) => Promise<string | undefined>;
}

/** Lets a model work for a person who is signed in, until it has no more tools to call. */
export async function runAgent(agent: Agent, userId: string, task: string): Promise<readonly Message[]> {
  const messages: Message[] = [{ role: "user", text: task }];
  for (;;) {
    const answer = await agent.model(messages);
    messages.push(answer);
    if (!answer.toolCalls?.length) return messages;
    for (const call of answer.toolCalls) {
      messages.push({ role: "tool", toolCallId: call.id, text: await carryOut(agent, userId, call) });
    }
  }
}

/** Tokens stay here: the model neither sees one nor chooses what it is used for. */
async function carryOut({ guard, tools, askPerson }: Agent, userId: string, call: ToolCall): Promise<string> {
  const tool = tools.get(call.name);
  if (!tool) return "There is no such tool.";
  const attempt = (token?: string) =>
    guard.run(
      call.name,
      { user: userId, bound: call.arguments, token, attributes: { custom: { channel: "agent" } } },
      (approved) => tool.run(approved),
    );
  let result = await attempt();
  if (result.kind === "challenge_required") {
    const token = await askPerson(result);
    if (token === undefined) return "The person has declined. Do not try again.";
    result = await attempt(token);
  }
  switch (result.kind) {
    case "done":
      return result.value;
    case "review_required":
      return "Somebody has to look at this first. It has not been done.";
    case "enrollment_required":
      return "The person has to set up how they approve first. It has not been done.";
    default:
      return `It has not been done: ${result.message}`;
  }
}
