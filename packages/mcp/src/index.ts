export {
  type AgentAnswer,
  type ApprovalInbox,
  createMemoryInbox,
  type Inbox,
  type InboxOptions,
} from "@require-action/core/agents";
export {
  type ApprovedTool,
  type GuardedTool,
  guardTool,
  type GuardToolOptions,
  type ToolContext,
} from "./guard-tool.ts";
