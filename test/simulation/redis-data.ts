import { ErrorReply, type Reply } from "./lua.ts";

interface Entry {
  readonly value: string;
  readonly expiresAt: number | undefined;
}

/** The keys of one simulated Redis, and every write in order, so that the last ones can be taken back. */
export interface RedisData {
  /** Makes one command at a time. @throws ErrorReply for one that is not known */
  run(command: readonly string[], now: number): Reply;
  /** How many writes there were. */
  readonly writes: number;
  /** Takes back all but the first `count` writes. */
  keep(count: number): void;
}

/** Creates an empty Redis with the commands that the kit's scripts make. */
export function createRedisData(): RedisData {
  const entries = new Map<string, Entry>();
  const undo: (() => void)[] = [];

  const write = (key: string, entry: Entry | undefined): void => {
    const before = entries.get(key);
    undo.push(() => put(key, before));
    put(key, entry);
  };
  const put = (key: string, entry: Entry | undefined): void => {
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  };
  const live = (key: string, now: number): Entry | undefined => {
    const entry = entries.get(key);
    return entry?.expiresAt !== undefined && entry.expiresAt <= now ? undefined : entry;
  };

  const commands: Readonly<Record<string, (parameters: readonly string[], now: number) => Reply>> = {
    GET: ([key = ""], now) => live(key, now)?.value ?? null,
    SET([key = "", value = "", ...options], now) {
      const before = live(key, now);
      const has = (option: string): boolean => options.includes(option);
      const duration = has("PX") ? Number(options[options.indexOf("PX") + 1]) : undefined;
      if (duration !== undefined && !(duration > 0)) throw new ErrorReply("ERR invalid expire time in 'set' command");
      const kept = has("KEEPTTL") ? before?.expiresAt : undefined;
      const refused = has("NX") && before !== undefined;
      if (!refused) write(key, { value, expiresAt: duration === undefined ? kept : now + duration });
      if (has("GET")) return before?.value ?? null;
      return refused ? null : "OK";
    },
    DEL(keys, now) {
      const found = keys.filter((key) => live(key, now));
      for (const key of found) write(key, undefined);
      return found.length;
    },
    PEXPIRE([key = "", duration], now) {
      const entry = live(key, now);
      if (entry === undefined) return 0;
      write(key, { ...entry, expiresAt: now + Number(duration) });
      return 1;
    },
    PTTL([key = ""], now) {
      const entry = live(key, now);
      if (entry === undefined) return -2;
      return entry.expiresAt === undefined ? -1 : entry.expiresAt - now;
    },
    FLUSHALL() {
      for (const key of entries.keys()) write(key, undefined);
      return "OK";
    },
  };

  return {
    run([name = "", ...parameters], now) {
      const command = commands[name.toUpperCase()];
      if (!command) throw new ErrorReply(`ERR unknown command '${name}'`);
      return command(parameters, now);
    },
    get writes() {
      return undo.length;
    },
    keep(count) {
      while (undo.length > count) undo.pop()!();
    },
  };
}
