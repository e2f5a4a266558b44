export { type AgentActionOptions, type AgentCall, createAgentAction, type AgentAction } from "./agents/agent-action.ts";
export {
  type AgentTool,
  type AgentToolOptions,
  type AgentToolTerms,
  createAgentTool,
  type ToolCall,
} from "./agents/agent-tool.ts";
export type { AgentAnswer, AgentResult } from "./agents/agent-answer.ts";
export type {
  ApprovalInbox,
  ApprovalQuery,
  ApprovalRequest,
  KeptApproval,
  PollAnswer,
} from "./inbox/approval-inbox.ts";
export { createInbox, createMemoryInbox } from "./inbox/create-inbox.ts";
export type {
  ApprovalNotice,
  DeclinedChallenge,
  Inbox,
  InboxEvent,
  Matched,
  OpenApproval,
  SendNotice,
} from "./inbox/inbox.ts";
export type { InboxOptions } from "./inbox/inbox-options.ts";
export type { InboxRecord, InboxStore } from "./inbox/inbox-store.ts";
export { createMemoryInboxStore } from "./inbox/memory-inbox-store.ts";
