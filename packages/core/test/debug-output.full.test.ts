import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const script = fileURLToPath(new URL("processes/refusals.ts", import.meta.url));

/** The lines on stderr of a process that sends requests which are refused. */
async function stderr(environment: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const { DEBUG: _debug, NODE_DEBUG: _nodeDebug, ...inherited } = process.env;
  const flags = ["--conditions=@require-action/source", "--import", "tsx", "--no-warnings"];
  const env = { ...inherited, ...environment };
  const output = await promisify(execFile)(process.execPath, [...flags, script], { env });
  return output.stderr.split("\n").slice(0, -1);
}

it.each([[{ NODE_DEBUG: "require-action" }], [{ DEBUG: "express:*, require-*" }]])(
  "C72: a process with %o prints why each request was refused",
  async (environment) => {
    const lines = await stderr(environment);
    const prefix = /^REQUIRE-ACTION \d+: /;
    expect(lines.filter((line) => !prefix.test(line))).toEqual([]);
    expect(lines.map((line) => line.replace(prefix, ""))).toEqual([
      expect.stringMatching(/^withdraw-funds answered 403 challenge_required: ./),
      expect.stringMatching(/^withdraw-funds answered 403 action_parameters_changed: ./),
      expect.stringMatching(
        /^withdraw-funds answered 400 request_unresolvable: the bind resolver threw \(TypeError thrown at bind .*refusals\.ts:\d+:\d+\)\)$/,
      ),
      expect.stringMatching(/^withdraw-funds answered 401 authentication_required: ./),
      expect.stringMatching(
        /^withdraw-funds answered 500 resolver_failed: the user resolver threw \(TypeError thrown at .*refusals\.ts:\d+:\d+\)\)$/,
      ),
      expect.stringMatching(/^withdraw-funds would have answered 401 authentication_required: ./),
    ]);
    expect(lines.filter((line) => /10\.00|999\.77|bound payee|eyJ|scripted-|client \(sent\)/.test(line))).toEqual([]);
  },
);

it.each([[{ DEBUG: "*,-require-action", NODE_DEBUG: "http" }]])(
  "a process with %o prints nothing",
  async (environment) => {
    expect((await stderr(environment)).filter((line) => line.includes("withdraw-funds"))).toEqual([]);
  },
);
