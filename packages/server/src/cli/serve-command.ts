import type { Command } from "./command.ts";
import { parseServeSettings, serveUsage } from "./serve-settings.ts";
import { untilToldToStop } from "./until-told-to-stop.ts";

export const serveCommand: Command = {
  usage: serveUsage,
  async run(args, terminal) {
    const settings = parseServeSettings(args, process.env);
    if (settings === undefined) {
      terminal.write(serveUsage.trimEnd());
      return 0;
    }
    // Loaded once the flags are known to be right: a wrong one is told at once.
    const { serve } = await import("./serve.ts");
    const stop = await serve(settings, terminal);
    await untilToldToStop();
    await stop();
    return 0;
  },
};
