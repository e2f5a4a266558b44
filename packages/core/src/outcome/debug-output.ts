import { debuglog } from "node:util";
import { withoutThrowing } from "../lib/listener.ts";
import { errorCatalog } from "../reply/errors.ts";
import type { FailureEvent, GuardEvent, RefusalEvent } from "./events.ts";

/** The name that `NODE_DEBUG` and `DEBUG` are asked for. */
const NAME = "require-action";

type Emit = (event: GuardEvent) => void;

/**
 * Adds a line on stderr for each refusal and each fault of the application, where `NODE_DEBUG` or `DEBUG` asks for it. The
 * lines hold a code, the action and the reason, and never a token, a secret or a bound value. Without either variable the
 * listener is returned as it is.
 */
export function withDebugOutput(emit: Emit | undefined): Emit | undefined {
  const write = debugWriter();
  if (!write) return emit;
  const print = withoutThrowing((event: GuardEvent) => {
    if (event.type === "refusal" || (event.type === "failure" && isOfApplication(event))) write(describe(event));
  });
  return (event) => {
    print(event);
    emit?.(event);
  };
}

function isOfApplication({ source }: FailureEvent): boolean {
  return source === "resolver" || source === "respond";
}

function debugWriter(): ((line: string) => void) | undefined {
  const log = debuglog(NAME);
  if (log.enabled) return (line) => log("%s", line);
  if (!isNamed(process.env["DEBUG"] ?? "")) return undefined;
  return (line) => process.stderr.write(`${NAME.toUpperCase()} ${process.pid}: ${line}\n`);
}

/** True where a list such as `express:*,require-action` names this package, by the rules of the package `debug`. */
function isNamed(list: string): boolean {
  const patterns = list.split(",").flatMap((part) => part.trim().split(" "));
  const excluded = patterns.filter((pattern) => pattern.startsWith("-")).map((pattern) => pattern.slice(1));
  return patterns.some(matches) && !excluded.some(matches);
}

function matches(pattern: string): boolean {
  const [prefix = "", ...rest] = pattern.split("*");
  return rest.length === 0 ? pattern === NAME : rest.join("") === "" && NAME.startsWith(prefix);
}

function describe(event: RefusalEvent | FailureEvent): string {
  const { type, action, code, cause, observed } = event;
  const status = type === "refusal" ? event.status : errorCatalog[code].status;
  // The reason of a fault is an error's message, which begins with the code.
  const reason = event.reason.replace(`${code}: `, "");
  if (type === "failure" && event.source === "respond") {
    return oneLine(`${action} sent the standard reply: ${reason}${cause === undefined ? "" : origin(cause)}`);
  }
  const verb = observed ? "would have answered" : "answered";
  return oneLine(`${action} ${verb} ${status} ${code}: ${reason}${cause === undefined ? "" : origin(cause)}`);
}

/** The class of an error and the place that threw it. Its message is the application's, and may quote what a client sent. */
function origin(cause: unknown): string {
  if (!(cause instanceof Error)) return ` (${typeof cause} thrown)`;
  const trace = cause.stack?.replace(cause.message, "");
  const place = trace?.split("\n").find((line) => line.startsWith("    at ") && !line.includes("(node:"));
  return ` (${cause.constructor.name} thrown ${place?.trim() ?? ""})`;
}

/** Text with a space for each control character, as ids and messages of a provider may hold line breaks. */
function oneLine(text: string): string {
  return Array.from(text, (character) => (character < " " || character === "\u007F" ? " " : character)).join("");
}
