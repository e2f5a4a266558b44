import type { CallToolResult, InputRequiredResult, ServerContext } from "@modelcontextprotocol/server";
import { ConfigurationError } from "@require-action/core";
import type { ApprovedBy } from "@require-action/core/adapter";
import { type AgentToolOptions, createAgentTool } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";
import { memberOf } from "@require-action/core/options";
import { elicitNow, elicitLater, elicited, refusal } from "./elicitation.ts";

/** What the SDK hands to a tool beside its arguments. */
export type ToolContext = ServerContext;

/**
 * Options of {@link guardTool}. `user` is the subject of the access token by default, `authInfo.extra.sub` as the application's
 * verifier of tokens has put it there: never an argument, and never `clientId`, which names a program.
 */
export type GuardToolOptions<Args = any, Bound = any> = AgentToolOptions<Args, ToolContext, Bound>;

/** What runs once the action is approved, with what was approved. */
export type ApprovedTool<Args = any, Bound = any> = (
  approved: ApprovedBy<Bound>,
  args: Args,
  context: ToolContext,
) => CallToolResult | PromiseLike<CallToolResult>;

/** A callback for `registerTool` of a server that has an `inputSchema`. */
export type GuardedTool<Args> = (args: Args, context: ToolContext) => Promise<CallToolResult | InputRequiredResult>;

/**
 * Guards a tool of an MCP server: it runs at most once for each approval, with the arguments that its user approved.
 *
 * @example
 * const inbox = createMemoryInbox({ pageUrl: "https://bank.example/approvals" });
 * server.registerTool(
 *   "withdraw",
 *   { inputSchema: z.object({ amount: z.string(), payee: z.string() }) },
 *   guardTool(guard, "withdraw-funds", { inbox }, ({ userId, bound }) => pay(userId, bound)),
 * );
 * @throws ConfigurationError that names the option that is wrong
 */
export function guardTool<Args extends object>(
  guard: OffHttpGuard,
  action: string,
  handler: ApprovedTool<Args, Args>,
): GuardedTool<Args>;
/** The same with options, of which `inbox` says where the user approves. */
export function guardTool<Args extends object, Bound = Args>(
  guard: OffHttpGuard,
  action: string,
  options: GuardToolOptions<Args, Bound>,
  handler: ApprovedTool<Args, Bound>,
): GuardedTool<Args>;
export function guardTool(
  guard: OffHttpGuard,
  action: string,
  ...rest: readonly [ApprovedTool] | readonly [GuardToolOptions, ApprovedTool]
): GuardedTool<any> {
  const [options, handler] = rest.length === 1 ? [undefined, rest[0]] : rest;
  if (typeof handler !== "function") throw new ConfigurationError("handler", "must be a function", "guardTool");
  const terms = { factory: "guardTool", user: subjectOf };
  const tool = createAgentTool<object, ToolContext, any>(guard, action, options, terms);
  return async function guardedTool(args: object, context: ToolContext) {
    const { mcpReq } = context;
    const call = { input: args, context, signal: mcpReq.signal };
    const work = (approved: any): ReturnType<ApprovedTool> => handler(approved, args, context);
    const state = mcpReq.requestState();
    const reply = state === undefined ? undefined : elicited(mcpReq.inputResponses);
    if (reply === "decline") return refusal(await tool.decline({ ...call, state }));
    const result = await tool.call({ ...call, state, waits: reply !== "cancel" }, work);
    if (result.status === "done") return result.value;
    const { answer, state: newState } = result;
    // Once it has been asked, the person knows the way: the answer says it again, and the client decides when to ask again.
    if (answer.status !== "approval_required" || newState === undefined || state !== undefined) return refusal(answer);
    const later = elicitLater(context, action, answer, newState);
    if (later !== undefined) return later;
    const now = await elicitNow(context, action, answer);
    if (now === "decline") return refusal(await tool.decline({ ...call, state: newState }));
    if (now !== "accept") return refusal(answer);
    const second = await tool.call({ ...call, state: newState }, work);
    return second.status === "done" ? second.value : refusal(second.answer);
  };
}

function subjectOf({ http }: ToolContext): string | undefined {
  const subject = memberOf(http?.authInfo?.extra, "sub");
  return typeof subject === "string" ? subject : undefined;
}
