import { createHash } from "node:crypto";
import type { Clock } from "@require-action/core";
import type { RedisClient } from "@require-action/redis";
import { createLua, ErrorReply, type Reply } from "./lua.ts";
import { createRedisData } from "./redis-data.ts";

/** Settings of a simulated Redis, as `CONFIG GET` answers them. By default those of a stock one. */
export interface SimulatedSettings {
  readonly appendonly?: "yes" | "no";
  readonly appendfsync?: "always" | "everysec" | "no";
  /** Pairs of seconds and changes after which a snapshot is made, `3600 1 300 100 60 10000` by default; empty for never. */
  readonly save?: string;
  readonly "maxmemory-policy"?: string;
  /** It is never rewritten here, so this has no effect. */
  readonly "no-appendfsync-on-rewrite"?: "yes" | "no";
}

/** What becomes of a command: it is made, it is made and its reply is lost, or it never arrives. */
export type Delivery = "delivered" | "reply-lost" | "lost";

/** A client of the simulated Redis, with the methods of node-redis that the kit uses, and a few for tests. */
export interface SimulatedClient extends RedisClient {
  configGet(parameter: string): Promise<Record<string, string>>;
  info(section?: string): Promise<string>;
  sendCommand(command: readonly string[]): Promise<Reply>;
}

/** One simulated Redis, and what can happen to it. Everything is decided by the calls and the clock. */
export interface SimulatedRedis {
  readonly isUp: boolean;
  /** Which master serves now: its `run_id` and `master_replid`. */
  readonly runId: string;
  readonly replicationId: string;
  /** Connects a client. `deliver` decides what becomes of each of its commands; everything is delivered by default. */
  connect(deliver?: () => Delivery): SimulatedClient;
  /** Ends the process, as SIGKILL does: what it had written to the append-only file is in the hands of the system. */
  kill(): void;
  /** Ends the machine: what was not synchronized to the disk is gone as well. */
  powerOff(): void;
  /** Starts it again with what it kept, and lets clients know that they are connected anew. */
  start(): void;
  /** Makes a snapshot, as `BGSAVE` does. */
  snapshot(): void;
  /** A replica, which lacks the last `lacking` writes, becomes the master. Nobody is told unless `reconnects`. */
  failOver(options: { readonly lacking: number; readonly reconnects?: boolean }): void;
}

/** How long the system may keep what it was given before it is on the disk, with `appendfsync no`. */
const SYNC_MS = { everysec: 1_000, no: 30_000 } as const;

/**
 * Creates a simulated Redis that runs the kit's own scripts, in Lua, on data that can be lost in the ways in which a real one
 * loses it. Its time is `clock`; it calls no timer, and answers in the order in which it is asked.
 */
export function createSimulatedRedis({
  clock,
  ...given
}: SimulatedSettings & { readonly clock: Clock }): SimulatedRedis {
  const settings = {
    appendonly: "no",
    appendfsync: "everysec",
    save: "3600 1 300 100 60 10000",
    "maxmemory-policy": "noeviction",
    "no-appendfsync-on-rewrite": "no",
    ...given,
  } as const;
  const savePoints = [...settings.save.matchAll(/(\d+) (\d+)/g)].map(([, seconds, changes]) => ({
    afterMs: Number(seconds) * 1_000,
    changes: Number(changes),
  }));
  const data = createRedisData();
  const listeners = new Set<() => void>();
  /** The scripts that this process has run, by their digests. They are neither kept nor replicated. */
  const scripts = new Map<string, string>();
  let isUp = true;
  let lives = 0;
  let runId = "";
  let replicationId = "";
  /** How many writes are in the last snapshot, and how many of the append-only file are on the disk. */
  const saved = { writes: 0, at: clock.now() };
  const synced = { writes: 0, at: clock.now() };

  const identify = (): void => {
    lives += 1;
    scripts.clear();
    runId = lives.toString(16).padStart(40, "a");
    replicationId = lives.toString(16).padStart(40, "b");
  };
  identify();

  /** What happens by itself once time has passed, before the next command. */
  const settle = (now: number): void => {
    const changes = data.writes - saved.writes;
    const isDue = savePoints.some((point) => now - saved.at >= point.afterMs && changes >= point.changes);
    if (isDue) Object.assign(saved, { writes: data.writes, at: now });
    const { appendfsync } = settings;
    if (appendfsync === "always" || now - synced.at >= SYNC_MS[appendfsync]) {
      Object.assign(synced, { writes: data.writes, at: now });
    }
  };

  const info = (): string =>
    [
      `run_id:${runId}`,
      "role:master",
      `master_replid:${replicationId}`,
      `aof_enabled:${settings.appendonly === "yes" ? 1 : 0}`,
      `maxmemory_policy:${settings["maxmemory-policy"]}`,
    ]
      .map((line) => `${line}\r\n`)
      .join("");

  const make = (command: readonly string[]): Reply => {
    const now = clock.now();
    const name = command[0]?.toUpperCase();
    if (name === "INFO") return info();
    if (name === "TIME") return [String(Math.floor(now / 1_000)), String(Math.floor(now % 1_000) * 1_000)];
    return data.run(command, now);
  };
  const interpret = createLua(make);
  const evaluate: typeof interpret = (script, ...asked) => {
    scripts.set(createHash("sha1").update(script).digest("hex"), script);
    return interpret(script, ...asked);
  };
  const evaluateKnown: typeof interpret = (digest, ...asked) => {
    const script = scripts.get(digest);
    if (script === undefined) throw new ErrorReply("NOSCRIPT No matching script. Please use EVAL.");
    return interpret(script, ...asked);
  };

  const stop = (kept: number): void => {
    if (!isUp) return;
    isUp = false;
    data.keep(kept);
  };
  const crash = (isMachine: boolean): void => {
    settle(clock.now());
    const appended = isMachine ? synced.writes : data.writes;
    stop(settings.appendonly === "yes" ? appended : saved.writes);
  };
  const forgetPositions = (): void => {
    for (const position of [saved, synced]) position.writes = Math.min(position.writes, data.writes);
  };

  return {
    get isUp() {
      return isUp;
    },
    get runId() {
      return runId;
    },
    get replicationId() {
      return replicationId;
    },
    connect(deliver = () => "delivered") {
      const exchange = async <Answer>(work: () => Answer): Promise<Answer> => {
        const delivery = deliver();
        if (!isUp || delivery === "lost") throw new SocketClosedError();
        settle(clock.now());
        const answer = work();
        if (settings.appendfsync === "always") settle(clock.now());
        if (delivery === "reply-lost") throw new SocketClosedError();
        return answer;
      };
      return {
        eval: (script, { keys, arguments: parameters }) => exchange(() => evaluate(script, keys, parameters)),
        evalSha: (digest, { keys, arguments: parameters }) => exchange(() => evaluateKnown(digest, keys, parameters)),
        sendCommand: (command) => exchange(() => make(command)),
        info: () => exchange(info),
        configGet: (parameter) =>
          exchange(() => {
            const value: string | undefined = { ...settings }[parameter as keyof typeof settings];
            return value === undefined ? {} : { [parameter]: value };
          }),
        on(event, listener) {
          if (event === "ready") listeners.add(listener);
        },
      };
    },
    kill: () => crash(false),
    powerOff: () => crash(true),
    start() {
      if (isUp) return;
      forgetPositions();
      identify();
      isUp = true;
      for (const listener of listeners) listener();
    },
    snapshot: () => void Object.assign(saved, { writes: data.writes, at: clock.now() }),
    failOver({ lacking, reconnects = false }) {
      data.keep(Math.max(data.writes - lacking, 0));
      forgetPositions();
      identify();
      if (reconnects) for (const listener of listeners) listener();
    },
  };
}

/** What node-redis rejects with when a connection ends before the reply. */
class SocketClosedError extends Error {
  override readonly name: string = "SocketClosedUnexpectedlyError";
}
