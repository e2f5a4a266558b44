export { type AgentActionOptions, type AgentCall, createAgentAction, type AgentAction } from "./agents/agent-action.ts";
export {
  type AgentTool,
  type AgentToolOptions,
  type AgentToolTerms,
  createAgentTool,
  type ToolCall,
} from "./agents/agent-tool.ts";
export type { AgentAnswer, AgentResult } from "./agents/agent-answer.ts";
export type { ApprovalInbox, ApprovalQuery, ApprovalRequest, KeptApproval } from "./agents/approval-inbox.ts";
export {
  createMemoryInbox,
  type Matched,
  type MemoryInbox,
  type MemoryInboxOptions,
  type OpenApproval,
} from "./agents/memory-inbox.ts";
