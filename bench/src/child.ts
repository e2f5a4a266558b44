import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of the bench's own that answers one message after the other. */
export interface Child<Command, Answer> {
  ask(command: Command): Promise<Answer>;
  end(): Promise<void>;
}

const fromSource = import.meta.url.endsWith(".ts");

/** What Node is started with to find and run the packages the way this process does: from source in tests, else built. */
export const nodeArguments: readonly string[] = fromSource
  ? ["--conditions=@require-action/source", "--import", import.meta.resolve("tsx")]
  : [];

/** The path of one of the bench's own entries, source or built as this file is. */
export function entryPath(name: string): string {
  return fileURLToPath(new URL(`${name}.${fromSource ? "ts" : "js"}`, import.meta.url));
}

/** Starts an entry in a process of its own; resolves once it says that it is ready, with what it says. */
export async function startChild<Command extends object, Answer>(
  entry: string,
  args: readonly string[],
): Promise<Child<Command, Answer> & { readonly ready: Answer }> {
  const child = fork(entryPath(entry), args, {
    execArgv: [...nodeArguments],
    env: { ...process.env, NODE_ENV: "production" },
  });
  const ready = await answerOf<Answer>(child);
  return {
    ready,
    async ask(command) {
      const answer = answerOf<Answer>(child);
      child.send(command);
      return answer;
    },
    async end() {
      const exit = once(child, "exit");
      child.kill();
      await exit;
    },
  };
}

async function answerOf<Answer>(child: ChildProcess): Promise<Answer> {
  const gone = new AbortController();
  try {
    const exit = once(child, "exit", { signal: gone.signal }).then(([code]) => {
      throw new Error(`a process of the bench ended with ${code}`);
    });
    const [message] = await Promise.race([once(child, "message", { signal: gone.signal }), exit]);
    return message as Answer;
  } finally {
    gone.abort();
  }
}
