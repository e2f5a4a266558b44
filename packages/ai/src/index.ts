export {
  type AgentAnswer,
  type ApprovalInbox,
  createMemoryInbox,
  type MemoryInbox,
  type MemoryInboxOptions,
} from "@require-action/core/agents";
export { guardExecute, type GuardedExecute, type GuardExecuteOptions, type ToolCallOptions } from "./guard-execute.ts";
