export {
  type AgentAnswer,
  type ApprovalInbox,
  createMemoryInbox,
  type MemoryInbox,
  type MemoryInboxOptions,
} from "@require-action/core/agents";
export {
  type ApprovedTool,
  type GuardedTool,
  guardTool,
  type GuardToolOptions,
  type ToolContext,
} from "./guard-tool.ts";
