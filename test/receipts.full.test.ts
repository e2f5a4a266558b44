import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readKeySet } from "../packages/cli/src/receipts/receipt-line.ts";
import { verifyReceipts } from "../packages/cli/src/receipts/verify-receipts.ts";
import {
  createOvertakenApproval,
  createReceiptFiles,
  createRemadePasskeys,
  type Forgery,
  type ReceiptFiles,
  rpId,
} from "../packages/cli/test/receipt-files.ts";

const script = fileURLToPath(new URL("receipts/verify.py", import.meta.url));
const MOST_LINES = 200;
const AT_ONCE = 3;

let files: ReceiptFiles;
let folder: string;

beforeAll(async () => {
  files = await createReceiptFiles();
  folder = mkdtempSync(join(tmpdir(), "receipts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the verifier says that shares no code with ours. */
async function secondOpinion(
  name: string,
  { text, jwks = files.jwks, checkpoint, isExcerpt }: Omit<Forgery, "name" | "reason">,
) {
  const write = (suffix: string, content: string): string => {
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.${suffix}`);
    writeFileSync(file, content);
    return file;
  };
  const words = [script, write("jsonl", text), "--jwks", write("jwks", jwks), "--rp-id", rpId];
  if (isExcerpt === true) words.push("--excerpt");
  if (checkpoint !== undefined) words.push("--checkpoint", write("head", checkpoint));
  const output = await new Promise<string>((resolve, reject) => {
    execFile("python3", words, (_error, stdout, stderr) =>
      stdout === "" ? reject(new Error(stderr)) : resolve(stdout),
    );
  });
  return JSON.parse(output) as { readonly valid: boolean; readonly position?: number; readonly reason?: string };
}

it("T70: a second verifier, which shares no code, holds what ours holds, and refuses every forgery alike", async () => {
  expect(readFileSync(script, "utf8").split("\n").filter(Boolean).length).toBeLessThanOrEqual(MOST_LINES);
  const genuine = await secondOpinion("genuine", { text: files.text, checkpoint: files.checkpoint });
  expect(genuine).toEqual({ valid: true, lines: files.text.trim().split("\n").length, device: 6 });
  const windows = { text: `\ufeff${files.text.replaceAll("\n", "\r\n")}` };
  expect(await secondOpinion("windows", windows)).toEqual(genuine);
  const remade = await createRemadePasskeys();
  expect(await secondOpinion("remade", remade)).toMatchObject({ valid: true, device: 2 });
  const overtaken = await createOvertakenApproval();
  expect(await secondOpinion("overtaken", overtaken)).toMatchObject({ valid: true, device: 2 });
  const excerpt = await secondOpinion("excerpt", { text: files.excerpt, isExcerpt: true });
  expect(excerpt).toEqual({ valid: true, lines: files.excerpt.trim().split("\n").length, device: 1 });
  const waiting = files.forgeries.values();
  const compareNext = async (): Promise<void> => {
    for (const { name, ...forgery } of waiting) {
      const { text, jwks = files.jwks, checkpoint, isExcerpt = false } = forgery;
      const terms = { keys: readKeySet(jwks)!, rpId, origins: [], now: Date.now(), checkpoint, isExcerpt };
      const ours = verifyReceipts(text, terms);
      expect([name, await secondOpinion(name, forgery)]).toEqual([name, { valid: false, ...ours.refused }]);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, compareNext));
}, 900_000);

it("T70: says without a trace that a key set is none, or a file not UTF-8", async () => {
  const { keys } = JSON.parse(files.jwks) as { readonly keys: readonly [object] };
  for (const jwks of [
    "null",
    "[]",
    "{",
    '{"keys":{}}',
    '{"keys":[null]}',
    JSON.stringify({ keys: [keys[0], keys[0]] }),
  ]) {
    const refused = secondOpinion("keys", { text: files.text, jwks });
    await expect(refused).rejects.toThrow(/^(?!.*Traceback).*key set/);
  }
});
