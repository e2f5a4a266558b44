export { type Bank, createBank, parseWithdrawal, type Withdrawal } from "./bank.ts";
export { createDecisionPoint } from "./decision-point.ts";
export {
  type AppOptions,
  type CreateApp,
  type ExampleOptions,
  type RunningExample,
  serveExample,
  startExample,
  unservedOptions,
} from "./example.ts";
export { type PageFile, pagePaths, readPageFile } from "./page.ts";
export { createSessions, isUserName, type Session, type Sessions } from "./sessions.ts";
