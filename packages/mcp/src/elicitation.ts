import { randomUUID } from "node:crypto";
import type { CallToolResult, InputRequiredResult, ServerContext } from "@modelcontextprotocol/server";
import type { AgentAnswer } from "@require-action/core/agents";
import { memberOf } from "@require-action/core/options";

/**
 * Where a request of revision 2026-07-28 lists what its client can do. Of the SDK, only types are imported: loading it here
 * would set globals of its schema library in processes that have another copy.
 */
const CLIENT_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

/** The name of the one input that a guarded tool asks for. */
const APPROVAL = "approval";

/** Milliseconds. People are slower than programs. */
const ELICITATION_TIMEOUT = 300_000;

type Reply = "accept" | "decline" | "cancel";

/** What a client's person said to the request to open the page: accepting is opening it, and approves nothing. */
export function elicited(responses: Readonly<Record<string, unknown>> | undefined): Reply | undefined {
  const action = memberOf(memberOf(responses, APPROVAL), "action");
  return action === "accept" || action === "decline" || action === "cancel" ? action : undefined;
}

/**
 * The result that has a client of revision 2026-07-28 open the page, and call again with the state. Nothing for clients of
 * earlier revisions, and for those that do not announce URL elicitation.
 */
export function elicitLater(
  { mcpReq }: ServerContext,
  action: string,
  answer: AgentAnswer,
  requestState: string,
): InputRequiredResult | undefined {
  const capabilities = memberOf(mcpReq.envelope, CLIENT_CAPABILITIES);
  if (memberOf(memberOf(capabilities, "elicitation"), "url") === undefined) return undefined;
  // The types of the SDK ask for the elicitationId of earlier revisions, which this one does not have.
  const params: any = { mode: "url", ...elicitation(action, answer) };
  const inputRequests = { [APPROVAL]: { method: "elicitation/create", params } } as const;
  return { resultType: "input_required", inputRequests, requestState };
}

/** Has a client of an earlier revision open the page now, while its call is open. Nothing where it cannot. */
export async function elicitNow(
  context: ServerContext,
  action: string,
  answer: AgentAnswer,
): Promise<Reply | undefined> {
  const { mcpReq } = context;
  if (mcpReq.envelope !== undefined) return undefined;
  const params = { mode: "url", elicitationId: randomUUID(), ...elicitation(action, answer) } as const;
  try {
    const { action: reply } = await mcpReq.elicitInput(params, { timeout: ELICITATION_TIMEOUT, signal: mcpReq.signal });
    return reply;
  } catch {
    // The client has not announced it, has gone, or takes its time: the answer says what to do.
    return undefined;
  }
}

/** Nothing in it is the model's: arguments are shown on the page. */
function elicitation(
  action: string,
  { approvalUrl = "", matchingNumber }: AgentAnswer,
): { readonly message: string; readonly url: string } {
  return { message: `Approve ${action}: enter the number ${matchingNumber} on the page.`, url: approvalUrl };
}

/** What a client is answered whose call was not carried out. */
export function refusal(answer: AgentAnswer): CallToolResult {
  return {
    content: [{ type: "text", text: answer.message }],
    isError: true,
    _meta: { "require-action/answer": { ...answer } },
  };
}
