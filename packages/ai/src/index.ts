export {
  type AgentAnswer,
  type ApprovalInbox,
  createMemoryInbox,
  type Inbox,
  type InboxOptions,
} from "@require-action/core/agents";
export { guardExecute, type GuardedExecute, type GuardExecuteOptions, type ToolCallOptions } from "./guard-execute.ts";
