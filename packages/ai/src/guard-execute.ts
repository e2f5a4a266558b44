import { ConfigurationError } from "@require-action/core";
import type { ApprovedBy } from "@require-action/core/adapter";
import { type AgentAnswer, type AgentToolOptions, createAgentTool } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { memberOf } from "@require-action/core/options";

/** What the AI SDK hands to `execute` beside the input: `experimental_context` in version 6, `context` in version 7. */
export interface ToolCallOptions {
  readonly toolCallId: string;
  readonly abortSignal?: AbortSignal | undefined;
  readonly experimental_context?: unknown;
  readonly context?: unknown;
}

/**
 * Options of {@link guardExecute}. `user` is `context.user.id` by default, and `experimental_context.user.id` in version 6 of the
 * SDK: what the application has passed, never the model's input or the client's messages.
 */
export type GuardExecuteOptions<Input = any, Bound = any> = AgentToolOptions<Input, ToolCallOptions, Bound>;

/** What runs once the action is approved, with what was approved. */
export type ApprovedExecute<Input = any, Output = unknown, Bound = any> = (
  approved: ApprovedBy<Bound>,
  input: Input,
  options: ToolCallOptions,
) => Output | PromiseLike<Output>;

/** An `execute` for `tool` of the AI SDK. It resolves with an {@link AgentAnswer} where the action was not done. */
export type GuardedExecute<Input, Output> = (input: Input, options: ToolCallOptions) => Promise<Output | AgentAnswer>;

/**
 * Guards the `execute` of a tool: it runs at most once for each approval, with the input that the user approved. What a message
 * history says of approvals is not read.
 *
 * @example
 * const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });
 * const withdraw = tool({
 *   inputSchema: z.object({ amount: z.string(), payee: z.string() }),
 *   execute: guardExecute(guard, "withdraw-funds", { inbox }, ({ userId, bound }) => pay(userId, bound)),
 * });
 * @throws ConfigurationError that names the option that is wrong
 */
export function guardExecute<Input extends object, Output>(
  guard: OffHttpGuard,
  action: string,
  execute: ApprovedExecute<Input, Output, Input>,
): GuardedExecute<Input, Output>;
/** The same with options, of which `inbox` says where the user approves. */
export function guardExecute<Input extends object, Output, Bound = Input>(
  guard: OffHttpGuard,
  action: string,
  options: GuardExecuteOptions<Input, Bound>,
  execute: ApprovedExecute<Input, Output, Bound>,
): GuardedExecute<Input, Output>;
export function guardExecute(
  guard: OffHttpGuard,
  action: string,
  ...rest: readonly [ApprovedExecute] | readonly [GuardExecuteOptions, ApprovedExecute]
): GuardedExecute<any, unknown> {
  const [options, execute] = rest.length === 1 ? [undefined, rest[0]] : rest;
  if (typeof execute !== "function") throw new ConfigurationError("execute", "must be a function", "guardExecute");
  const terms = { factory: "guardExecute", user: signedInUser };
  const tool = createAgentTool<object, ToolCallOptions, any>(guard, action, options, terms);
  return async function guardedExecute(input: object, callOptions: ToolCallOptions) {
    const call = { input, context: callOptions, signal: callOptions.abortSignal };
    const result = await tool.call(call, (approved) => execute(approved, input, callOptions));
    return result.status === "done" ? result.value : result.answer;
  };
}

function signedInUser({ context, experimental_context }: ToolCallOptions): string | number | undefined {
  return memberOf(memberOf(context ?? experimental_context, "user"), "id") as string | number | undefined;
}
