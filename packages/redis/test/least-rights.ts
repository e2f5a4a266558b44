import { readFileSync } from "node:fs";
import { createClient } from "redis";
import type { OwnRedis } from "./redis-servers.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The rights of the user that the README shows: `~require-action:*`, `+eval` and so on. */
export function aclCommands(): readonly string[] {
  const [, text] = /^ACL SETUSER require-action on >password ([^`]+)/m.exec(readme) ?? [];
  if (text === undefined) throw new Error("the README lists no rights");
  return text.trim().split(/\s+/);
}

let users = 0;

/** Makes a user who has these rights and no others, and returns the URL by which it connects. */
export async function setUser({ url, port }: OwnRedis, rights: readonly string[]): Promise<string> {
  const admin = await createClient({ url }).connect();
  const name = `user-${users++}`;
  await admin.sendCommand(["ACL", "SETUSER", name, "reset", "on", ">password", ...rights]);
  admin.destroy();
  return `redis://${name}:password@127.0.0.1:${port}`;
}
