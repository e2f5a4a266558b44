export type { ConsoleOptions, Reviewer } from "./console-options.ts";
export { createConsole } from "./create-console.ts";
export { hashPassword } from "./password.ts";
