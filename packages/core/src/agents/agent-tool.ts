import type { OffHttpGuard } from "../guard/guard.ts";
import type { ActionCall } from "../guard/off-http.ts";
import type { Awaitable } from "../lib/awaitable.ts";
import { isPlainRecord } from "../lib/own-members.ts";
import { option } from "../options/option.ts";
import { declaring, defineOptions, readOptions } from "../options/read-options.ts";
import type { ApprovedBy } from "../outcome/approved-action.ts";
import { RequireActionError } from "../reply/errors.ts";
import type { ActionAttributes } from "../settings/attributes.ts";
import type { ClientContext } from "../settings/guard-options.ts";
import { agentActionEntries, type AgentActionOptions, type AgentCall, createAgentAction } from "./agent-action.ts";
import type { AgentAnswer, AgentResult } from "./agent-answer.ts";

/**
 * Options of a tool. `Context` is what the framework knows of a call besides its input. Who asks is read from it, since the
 * input is the model's.
 */
export interface AgentToolOptions<Input, Context, Bound> extends AgentActionOptions {
  /** The signed-in user's id; nothing when nobody is. */
  readonly user?: (context: Context) => Awaitable<ActionCall["user"]>;
  /** Ties approvals to a session. Required where the guard has a `session` resolver. */
  readonly session?: (context: Context) => Awaitable<string | null | undefined>;
  /** Where the call comes from, as far as the application knows. */
  readonly clientContext?: (context: Context) => Awaitable<ClientContext>;
  /** Contact data and data points for the provider, besides the bound fields. */
  readonly attributes?: (context: Context) => Awaitable<ActionAttributes>;
  /** What an approval is good for: the whole validated input when absent, which then has to be flat. */
  readonly bind?: (input: Input) => Bound;
}

/** A tool of a framework, as its adapter calls it. */
export interface AgentTool<Input, Context, Bound> {
  /** Runs the tool's work with the approved action if the call passes, or answers the agent. */
  call<Value>(
    call: ToolCall<Input, Context>,
    work: (approved: ApprovedBy<Bound>) => Awaitable<Value>,
  ): Promise<AgentResult<Value>>;
  /** The user has said no at the agent's own screen. */
  decline(call: ToolCall<Input, Context>): Promise<AgentAnswer>;
}

/** One call of a tool. */
export interface ToolCall<Input, Context> extends Pick<AgentCall, "state" | "signal" | "waits"> {
  /** Validated by the framework, against the tool's schema. */
  readonly input: Input;
  readonly context: Context;
}

/** What an adapter adds to the options of its tools. */
export interface AgentToolTerms<Context> {
  /** The factory that the application calls, for messages. */
  readonly factory: string;
  /** Who is signed in, where the application does not pass `user`. */
  readonly user: (context: Context) => Awaitable<ActionCall["user"]>;
}

const { callback } = option;

const optionsSchema = defineOptions<AgentToolOptions<any, any, any>>({
  required: {},
  optional: {
    ...agentActionEntries,
    user: callback,
    session: callback,
    clientContext: callback,
    attributes: callback,
    bind: callback,
  },
});

/** Declares a tool for an adapter. @throws ConfigurationError that names the option that is wrong */
export function createAgentTool<Input extends object, Context, Bound>(
  guard: OffHttpGuard,
  action: string,
  given: AgentToolOptions<Input, Context, Bound> | undefined,
  { factory, user: usual }: AgentToolTerms<Context>,
): AgentTool<Input, Context, Bound> {
  return declaring(factory, () => {
    const { user, session, clientContext, attributes, bind, ...ofAction } = readOptions(factory, optionsSchema, given);
    const agentAction = createAgentAction(guard, action, ofAction);
    const boundOf = async (input: Input): Promise<any> => {
      try {
        return await (bind ? bind(input) : boundInput(input));
      } catch (error) {
        // The input may be none that the schema has seen: the guard refuses the call for what a function of it throws.
        return (): never => {
          throw error;
        };
      }
    };
    const whoAsks = async (context: Context): Promise<Pick<AgentCall, "user" | "session">> => ({
      user: await resolved("user", () => (user ?? usual)(context)),
      session: await resolved("session", () => session?.(context)),
    });
    return {
      async call<Value>(
        { input, context, ...others }: ToolCall<Input, Context>,
        work: (approved: any) => Awaitable<Value>,
      ): Promise<AgentResult<Value>> {
        const call: AgentCall<any> = {
          ...(await whoAsks(context)),
          bound: await boundOf(input),
          clientContext: await resolved("clientContext", () => clientContext?.(context)),
          attributes: await resolved("attributes", () => attributes?.(context)),
          ...others,
        };
        return agentAction.call<Value, any>(call, work);
      },
      async decline({ input, context, state }) {
        return agentAction.decline({ ...(await whoAsks(context)), bound: await boundOf(input), state });
      },
    };
  });
}

/** What a resolver of the application answers. Frameworks show a model what an error says, and another library's names hosts. */
async function resolved<Answer>(name: string, resolve: () => Awaitable<Answer>): Promise<Answer> {
  try {
    return await resolve();
  } catch (cause) {
    throw new RequireActionError("resolver_failed", { detail: `the ${name} resolver threw`, cause });
  }
}

/**
 * An input without members that JSON would leave out; a tool that takes none has nothing to bind.
 * @throws TypeError for what may say more than its members do, such as a date, a map or a number
 */
function boundInput(input: object): object | "none" {
  if (!isPlainRecord(input)) throw new TypeError("the input is no plain object: pass bind, to say what is approved");
  const members = Object.entries(input).filter(([, value]) => value !== undefined);
  return members.length === 0 ? "none" : Object.fromEntries(members);
}
