import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CliError } from "../src/lib/terminal.ts";
import { runHere, serveSettings } from "./run-here.ts";

const SECRET = "an-api-secret-of-its-own";
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "require-action-setting-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(content: string | Buffer): string {
  const file = join(folder, `${Math.random()}`);
  writeFileSync(file, content);
  return file;
}

const policy = ["--policy", "policy.json"];

describe("a secret in a file", () => {
  it.each([
    ["as Kubernetes mounts it", SECRET, [SECRET]],
    ["with the line break of an editor", `${SECRET}\n`, [SECRET]],
    ["with that of Windows", `${SECRET}\r\n`, [SECRET]],
    ["with the mark that editors on Windows put before it", `\ufeff${SECRET}\r\n`, [SECRET]],
    ["in UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${SECRET}\r\n`, "utf16le"), [SECRET]],
    ["one of several, on lines of their own", `${SECRET}\n${SECRET}2\n`, [SECRET, `${SECRET}2`]],
  ])("is read %s", async (_how, content, secrets) => {
    const settings = await serveSettings(policy, {
      REQUIRE_ACTION_API_SECRET_FILE: fileWith(content),
      REQUIRE_ACTION_ENGINE_SECRET_FILE: fileWith(content),
    });
    expect(settings).toMatchObject({ apiSecrets: secrets, engineSecrets: secrets });
  });

  it("is not read where the variable is empty, as compose passes on what is not set", async () => {
    const environment = { REQUIRE_ACTION_API_SECRET: SECRET, REQUIRE_ACTION_API_SECRET_FILE: "" };
    expect((await serveSettings(policy, environment)).apiSecrets).toEqual([SECRET]);
  });

  it.each([
    ["that is not there", () => join(folder, "none"), "the file cannot be read (ENOENT)."],
    ["that is a folder", () => folder, "the file cannot be read (EISDIR)."],
    ["with nothing in it", () => fileWith("\n"), "the file is empty."],
  ])("%s ends the start, and is not quoted", async (_what, file, problem) => {
    const attempt = serveSettings(policy, { REQUIRE_ACTION_API_SECRET_FILE: file() });
    await expect(attempt).rejects.toThrow(new CliError(`REQUIRE_ACTION_API_SECRET_FILE: ${problem}`));
  });

  it("ends the start beside the variable itself", async () => {
    const environment = { REQUIRE_ACTION_API_SECRET: SECRET, REQUIRE_ACTION_API_SECRET_FILE: fileWith(SECRET) };
    const error: unknown = await serveSettings(policy, environment).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("REQUIRE_ACTION_API_SECRET and REQUIRE_ACTION_API_SECRET_FILE are both set");
    expect(String(error)).not.toContain(SECRET);
  });

  it("may hold where the store is", async () => {
    const environment = { DATABASE_URL_FILE: fileWith(`sqlite:${join(folder, "store.db")}\n`) };
    const { code, output } = await runHere(["migrate", "--store", "env:DATABASE_URL"], { environment });
    expect([code, output]).toEqual([0, "The tables are up to date.\n"]);
    const missing = await runHere(["migrate", "--store", "env:DATABASE_URL"], {
      environment: { DATABASE_URL_FILE: join(folder, "none") },
    });
    expect([missing.code, missing.errors]).toEqual([2, expect.stringContaining("DATABASE_URL_FILE: the file cannot")]);
  });
});
