import { networkInterfaces } from "node:os";
import { sendRaw } from "@require-action-test/support/raw-request";
import { serve as serveListener } from "@require-action-test/support/serve";
import { toNodeHandler } from "@require-action/server";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { serve } from "../src/serve/serve.ts";
import { examplePolicy } from "./command-process.ts";
import { apiSecret, basic } from "./http.ts";
import { serveSettings } from "./run-here.ts";

let stop: (() => Promise<void>) | undefined;
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

/** Serves as the command does; resolves to what it printed, and to where it is. */
async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const written: string[] = [];
  const warned: string[] = [];
  const given = { REQUIRE_ACTION_API_SECRET: apiSecret, ...environment };
  const settings = await serveSettings(["--port", "0", "--policy", examplePolicy, ...args], given);
  const terminal = { write: (line: string) => void written.push(line), warn: (line: string) => void warned.push(line) };
  stop = await serve(settings, terminal, given);
  return { written, warned, origin: /http:\S+/.exec(written[0] ?? "")?.[0] ?? "" };
}

const refusalOf = async (...given: Parameters<typeof run>): Promise<string> => {
  const error = await run(...given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(CliError);
  return (error as CliError).message;
};

describe("require-action serve --dev", () => {
  it.each(["production", "Production", " production "])("T60: does not start with NODE_ENV=%j", async (value) => {
    expect(await refusalOf(["--dev"], { NODE_ENV: value })).toMatch(/^--dev .*NODE_ENV/);
  });

  it.each([
    "https://auth.bank.example",
    "https://192.0.2.1",
    "https://127.0.0.1.bank.example",
    "https://localhost.bank.example",
    "not a URL",
  ])("T60: does not start where browsers find it at %s", async (url) => {
    expect(await refusalOf(["--dev", "--base-url", url])).toMatch(/^--dev .*--base-url/);
  });

  it("T60: starts on this machine", async () => {
    const { warned } = await run(["--dev", "--base-url", "http://localhost:4100"], { NODE_ENV: "development" });
    expect(warned).toEqual([]);
  });
});

describe("require-action serve in memory", () => {
  it("T60: warns that everything will be forgotten", async () => {
    const { warned } = await run([]);
    expect(warned).toEqual([expect.stringMatching(/^WARNING: --store memory forgets everything/)]);
  });

  it("T60: warns in production of links that lead to the machine itself", async () => {
    const { warned } = await run([], { NODE_ENV: "production" });
    expect(warned.join("\n")).toMatch(/WARNING: links to challenges lead to http:\/\/localhost:\d+.*--base-url/);
  });
});

it("T60: shows the outbox to nobody on another interface of this machine", async ({ skip }) => {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = addresses.find(({ internal, family }) => !internal && family === "IPv4")?.address;
  if (outside === undefined) return skip("This machine has no other interface.");
  const { origin } = await run(["--dev", "--host", "0.0.0.0"]);
  const { port } = new URL(origin);
  const { status } = await sendRaw(`http://${outside}:${port}`, `GET /dev/outbox HTTP/1.1\r\nHost: localhost`);
  expect(status).toBe(401);
});

describe("a listener for the admin half", () => {
  const statusesAt = async (origin: string): Promise<unknown> =>
    Promise.all(
      [
        "/challenge",
        "/v1/client/user-authenticators",
        "/healthz",
        "/v1/users/alice",
        "/console/sign-in",
        "/dev/outbox",
      ].map(async (path) => {
        const { status } = await fetch(origin + path, {
          headers: path.startsWith("/v1/users") ? { authorization: basic(apiSecret) } : {},
        });
        return `${path} ${status}`;
      }),
    );

  it("T61: has the Server API, the console and the outbox, and the other has them not", async () => {
    const { written, origin } = await run(["--dev", "--admin-port", "0"]);
    const admin = /are at (http:\/\/127\.0\.0\.1:\d+)$/.exec(written[1] ?? "")?.[1] ?? "";
    await vi.waitUntil(async () => (await fetch(`${admin}/console/sign-in`)).status === 200, 20_000);
    expect(await statusesAt(origin)).toEqual([
      "/challenge 200",
      "/v1/client/user-authenticators 401",
      "/healthz 200",
      "/v1/users/alice 404",
      "/console/sign-in 404",
      "/dev/outbox 404",
    ]);
    expect(await statusesAt(admin)).toEqual([
      "/challenge 404",
      "/v1/client/user-authenticators 404",
      "/healthz 200",
      "/v1/users/alice 200",
      "/console/sign-in 200",
      "/dev/outbox 200",
    ]);
    expect(written.join("\n")).toContain(`API URL     ${admin}/v1`);
    expect(written.join("\n")).toContain(`${admin}/console (reviewer`);
  });

  it("T61: is asked for rightly", async () => {
    expect(await refusalOf(["--admin-host", "127.0.0.1"])).toBe("--admin-host needs --admin-port.");
    expect(await refusalOf(["--admin-port", "x"])).toMatch(/^--admin-port must be/);
    expect(await refusalOf(["--admin-port", "0", "--admin-host", "192.0.2.1"])).toMatch(
      /^--admin-host 192\.0\.2\.1 is/,
    );
    const { origin, close } = await serveListener(
      toNodeHandler(async () => new Response()),
      "127.0.0.1",
    );
    const { port } = new URL(origin);
    expect(await refusalOf(["--admin-port", port])).toMatch(/another with --admin-port/);
    await close();
  });

  it("T61: warns of an address that guesses the API secret, once", async () => {
    const { origin, warned } = await run(["--dev"]);
    const headers = { authorization: basic("wrong-api-secret") };
    for (let count = 0; count < 60; count++) await fetch(`${origin}/v1/users/alice`, { headers });
    expect(warned).toEqual([expect.stringMatching(/^More than 50 wrong API secrets .* from 127\.0\.0\.1\.$/)]);
  });
});
