import type { Command } from "./command.ts";
import { readFlags } from "./flags.ts";
import { hashPasswordUsage, hashTypedPassword } from "./hash-password.ts";

export const hashPasswordCommand: Command = {
  usage: hashPasswordUsage,
  async run(args, terminal) {
    readFlags("hash-password", args, {});
    terminal.write(await hashTypedPassword(process.stdin, (text) => void process.stderr.write(text)));
    return 0;
  },
};
