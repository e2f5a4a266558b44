export { type ConsoleOptions, hashPassword, type Reviewer } from "./console/index.ts";
export { createServer } from "./create-server.ts";
export { createOutbox, type Outbox, type OutboxEntry } from "./dev/outbox.ts";
export type { ChallengePageOptions, MessagingTemplates } from "./pages/index.ts";
export type { DevOptions, ServerOptions } from "./server-options.ts";
