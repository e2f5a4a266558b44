import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSqliteStore } from "@require-action/sql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noSqlite, openSqliteFile } from "../../sql/test/databases.ts";
import { readKeySet } from "../src/receipts/receipt-line.ts";
import { reasons } from "../src/receipts/reasons.ts";
import { verifyReceipts } from "../src/receipts/verify-receipts.ts";
import {
  createOvertakenApproval,
  createReceiptFiles,
  createRemadePasskeys,
  type Forgery,
  type ReceiptFiles,
  rpId,
} from "./receipt-files.ts";
import { runHere } from "./run-here.ts";

let files: ReceiptFiles;
let folder: string;

beforeAll(async () => {
  files = await createReceiptFiles();
  folder = mkdtempSync(join(tmpdir(), "receipts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

type How = Partial<Pick<Forgery, "jwks" | "checkpoint" | "isExcerpt">>;

function verify(text: string, { jwks = files.jwks, checkpoint, isExcerpt = false }: How = {}) {
  return verifyReceipts(text, { keys: readKeySet(jwks)!, rpId, origins: [], now: Date.now(), checkpoint, isExcerpt });
}

function write(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

describe("T70: receipts that were exported", () => {
  it("hold, and say who can be held to what", () => {
    const { lines, refused } = verify(files.text, { checkpoint: files.checkpoint });
    expect(refused).toBeUndefined();
    const signed = lines.filter(({ provedBy }) => provedBy === "device");
    expect(signed.map(({ proved }) => proved[0])).toEqual([
      expect.stringContaining(
        'a passkey of alice signed, on https://www.bank.example, after verifying its user: pay of alice with {"amount":"100.00","payee":"bob"}',
      ),
      expect.stringContaining("pay of alice"),
      expect.stringContaining("pay of bob"),
      expect.stringMatching(/: pay$/),
      expect.stringContaining("a passkey of the reviewer rita signed, on https://www.bank.example"),
      expect.stringContaining("a passkey of the reviewer ron signed"),
    ]);
    expect(signed[0]?.notProved).toEqual(["that the passkey is the user's: the engine enrolled it"]);
    expect(signed[3]?.notProved).toContain("which action of the user it was: a sign-in names none");
    const attested = lines.filter(({ type, provedBy }) => type === "approved" && provedBy === "engine");
    expect(attested.map(({ proved }) => proved[0])).toEqual([
      expect.stringContaining("attests that PASSKEY approved"),
      expect.stringContaining("attests that PASSKEY approved"),
      expect.stringContaining("attests that AUTHENTICATOR_APP approved pay of carol"),
      expect.stringContaining("attests that rita approved close of alice"),
      expect.stringContaining("attests that ron approved lend of alice"),
    ]);
    for (const { notProved } of attested) expect(notProved[0]).toContain("nothing is signed by one");
  });

  it("hold where somebody's device gives passkeys the ids of others", async () => {
    const { text, jwks } = await createRemadePasskeys();
    const { lines, refused } = verify(text, { jwks });
    expect(refused).toBeUndefined();
    expect(lines.filter(({ provedBy }) => provedBy === "device")).toHaveLength(2);
  });

  it("hold where an approval overtakes another one by the same passkey", async () => {
    const { text, jwks } = await createOvertakenApproval();
    const { lines, refused } = verify(text, { jwks });
    expect(refused).toBeUndefined();
    expect(lines.filter(({ provedBy }) => provedBy === "device")).toHaveLength(2);
  });

  it("are refused for each reason there is by some forgery", () => {
    const covered = new Set(files.forgeries.map(({ reason }) => reason));
    expect([...covered].toSorted()).toEqual(Object.keys(reasons).toSorted());
    for (const { name, reason, text, ...how } of files.forgeries) {
      const { refused } = verify(text, how);
      expect([name, refused?.reason]).toEqual([name, reason]);
    }
  });

  it("of one action alone hold, and show nothing of others", () => {
    const { excerpt, text } = files;
    const { lines, withheld, refused } = verify(excerpt, { isExcerpt: true });
    expect(refused).toBeUndefined();
    const types = lines.map(({ type }) => type).filter((type) => type !== "head");
    expect(types).toEqual(["enrolled", "decided", "approved", "executed"]);
    expect(withheld).toBeGreaterThan(0);
    expect(lines.filter(({ provedBy }) => provedBy === "device").map(({ proved }) => proved[0])).toEqual([
      expect.stringContaining("a passkey of bob signed"),
    ]);
    expect(excerpt).not.toMatch(/alice|carol|rita/);
    // All of it is an excerpt of itself.
    expect(verify(text, { isExcerpt: true }).refused).toBeUndefined();
    for (let index = 0; index < excerpt.length; index += 37) {
      if (excerpt[index] === "\n") continue;
      const other = `${excerpt.slice(0, index)}${excerpt[index] === "0" ? "1" : "0"}${excerpt.slice(index + 1)}`;
      expect([index, verify(other, { isExcerpt: true }).refused === undefined]).toEqual([index, false]);
    }
  });

  it("are refused wherever a single byte is another one", () => {
    const { text } = files;
    for (let index = 0; index < text.length; index += 97) {
      if (text[index] === "\n") continue;
      const other = text[index] === "0" ? "1" : "0";
      const { refused } = verify(`${text.slice(0, index)}${other}${text.slice(index + 1)}`);
      expect([index, refused === undefined]).toEqual([index, false]);
    }
  });
});

describe.skipIf(noSqlite)("require-action receipts export", () => {
  it("writes the receipts of a store, as they hold", async () => {
    const store = `sqlite:${join(folder, "store.db")}`;
    await runHere(["migrate", "--store", store]);
    const database = openSqliteFile(store.replace("sqlite:", ""));
    const { text, jwks } = await createReceiptFiles(createSqliteStore(database));
    database.close();
    const { code, output, errors } = await runHere(["receipts", "export", "--store", store]);
    expect([code, errors]).toEqual([0, ""]);
    expect(output).toBe(text);
    expect(verify(output, { jwks }).refused).toBeUndefined();
  });

  it("has none of memory", async () => {
    const { code, errors } = await runHere(["receipts", "export", "--store", "memory"]);
    expect([code, errors]).toEqual([2, expect.stringContaining("--store memory keeps no receipts.")]);
  });
});

describe("require-action receipts verify", () => {
  it("reports to people, and exits with 0", async () => {
    const [file, jwks] = [write("receipts.jsonl", files.text), write("keys.json", files.jwks)];
    const { code, output } = await runHere(["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId]);
    expect(code).toBe(0);
    expect(output).toContain("proved by the user's device");
    expect(output).toMatch(/All \d+ lines hold; a user's device signed 6 of them\./);
  });

  it("writes JSON, and exits with 1 where a line is refused", async () => {
    const forgery = files.forgeries.find(({ name }) => name === "another amount")!;
    const [file, jwks] = [write("forged.jsonl", forgery.text), write("keys.json", files.jwks)];
    const command = ["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId];
    const { code, output } = await runHere([...command, "--json"]);
    expect(code).toBe(1);
    const report = JSON.parse(output) as { valid: boolean; refused: object; lines: readonly object[] };
    expect(report).toMatchObject({ valid: false, refused: { reason: "challenge_wrong" } });
    const told = await runHere(command);
    expect(told.output).toContain("(challenge_wrong): the user's device signed another statement.");
  });

  it("takes the origins that it is given, and the checkpoint of an earlier export", async () => {
    const [file, jwks] = [write("receipts.jsonl", files.text), write("keys.json", files.jwks)];
    const command = ["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId];
    const elsewhere = await runHere([...command, "--origin", "https://pay.bank.example"]);
    expect([elsewhere.code, elsewhere.output]).toEqual([1, expect.stringContaining("origin_wrong")]);
    const checkpoint = write("head.json", files.checkpoint);
    expect((await runHere([...command, "--checkpoint", checkpoint])).code).toBe(0);
  });

  it.each([
    [["receipts", "verify"], "FILE is missing."],
    [["receipts", "verify", "x", "--rp-id", rpId], "--jwks FILE is missing."],
    [["receipts", "verify", "x", "--jwks", "/nowhere", "--rp-id", rpId], "FILE cannot be read."],
  ])("says what is wrong with %j", async (words, message) => {
    const { code, errors } = await runHere(words);
    expect([code, errors]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each<[what: string, change: (key: object) => object]>([
    ["no set", () => ({})],
    ["of a key for something else", (key) => ({ keys: [{ ...key, use: "enc" }] })],
    ["of a key for another algorithm", (key) => ({ keys: [{ ...key, alg: "ES256" }] })],
    ["of two keys of one name", (key) => ({ keys: [key, { ...key, x: "A".repeat(43) }] })],
    ["of a key that is not 32 bytes", (key) => ({ keys: [{ ...key, x: "AAAA" }] })],
  ])("says that a key set is none: %s", async (_what, change) => {
    const { keys } = JSON.parse(files.jwks) as { readonly keys: readonly [object] };
    const [file, jwks] = [write("receipts.jsonl", files.text), write("no-keys.json", JSON.stringify(change(keys[0])))];
    const { code, errors } = await runHere(["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId]);
    expect([code, errors]).toEqual([2, expect.stringContaining("--jwks must be")]);
  });

  it("reads a file as Windows writes it", async () => {
    const [file, jwks] = [join(folder, "windows.jsonl"), write("keys.json", files.jwks)];
    writeFileSync(file, `\ufeff${files.text.replaceAll("\n", "\r\n")}`, "utf16le");
    expect((await runHere(["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId])).code).toBe(0);
  });

  it("takes no file that is not UTF-8 for one with other letters", async () => {
    const [file, jwks] = [join(folder, "latin1.jsonl"), write("keys.json", files.jwks)];
    writeFileSync(file, Buffer.concat([Buffer.from(files.text), Buffer.from([0xff])]));
    const { code, errors } = await runHere(["receipts", "verify", file, "--jwks", jwks, "--rp-id", rpId]);
    expect([code, errors]).toEqual([2, expect.stringContaining("FILE must be UTF-8.")]);
  });
});
