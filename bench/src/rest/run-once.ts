import { fork } from "node:child_process";
import { once } from "node:events";
import { entryPath, nodeArguments } from "../child.ts";

/** Runs an entry in a fresh process, and answers with the one message that it sends. */
export async function runOnce<Answer>(
  entry: string,
  args: readonly string[],
  flags: readonly string[] = [],
): Promise<Answer> {
  const child = fork(entryPath(entry), [...args], { execArgv: [...nodeArguments, ...flags] });
  const exit = once(child, "exit");
  const [message] = await Promise.race([
    once(child, "message"),
    exit.then(([code]) => {
      throw new Error(`${entry} ended with ${code} and told nothing`);
    }),
  ]);
  await exit;
  return message as Answer;
}
