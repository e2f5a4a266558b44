import type { Inbox } from "@require-action/core/agents";
import type { OffHttpGuard } from "@require-action/core/off-http";

/** What a recipe's tool does once it is approved. */
export type Pay = (user: string, amount: string) => string;

/** Runs an agent of alice's whose model makes this call, and returns everything that the model receives. */
export type RunAgent = (guard: OffHttpGuard, inbox: Inbox, pay: Pay, args: object) => Promise<string>;
