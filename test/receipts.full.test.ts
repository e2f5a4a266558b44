import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readKeySet } from "../packages/cli/src/receipts/receipt-line.ts";
import { verifyReceipts } from "../packages/cli/src/receipts/verify-receipts.ts";
import { createReceiptFiles, type Forgery, type ReceiptFiles, rpId } from "../packages/cli/test/receipt-files.ts";

const script = fileURLToPath(new URL("receipts/verify.py", import.meta.url));
const MOST_LINES = 200;

let files: ReceiptFiles;
let folder: string;

beforeAll(async () => {
  files = await createReceiptFiles();
  folder = mkdtempSync(join(tmpdir(), "receipts-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** What the verifier says that shares no code with ours. */
async function secondOpinion(name: string, { text, jwks = files.jwks, checkpoint }: Omit<Forgery, "name" | "reason">) {
  const write = (suffix: string, content: string): string => {
    const file = join(folder, `${name.replaceAll(/\W/g, "-")}.${suffix}`);
    writeFileSync(file, content);
    return file;
  };
  const words = [script, write("jsonl", text), "--jwks", write("jwks", jwks), "--rp-id", rpId];
  if (checkpoint !== undefined) words.push("--checkpoint", write("head", checkpoint));
  const output = await new Promise<string>((resolve, reject) => {
    execFile("python3", words, (error, stdout, stderr) => {
      if (error !== null && error.code !== 1) reject(new Error(stderr));
      else resolve(stdout || stderr);
    });
  });
  return JSON.parse(output) as { readonly valid: boolean; readonly position?: number; readonly reason?: string };
}

it("T70: a second verifier, which shares no code, holds what ours holds, and refuses every forgery alike", async () => {
  expect(readFileSync(script, "utf8").trimEnd().split("\n").length).toBeLessThanOrEqual(MOST_LINES);
  const genuine = await secondOpinion("genuine", { text: files.text, checkpoint: files.checkpoint });
  expect(genuine).toEqual({ valid: true, lines: files.text.trim().split("\n").length, device: 4 });
  for (const { name, ...forgery } of files.forgeries) {
    const { text, jwks = files.jwks, checkpoint } = forgery;
    const ours = verifyReceipts(text, { keys: readKeySet(jwks)!, rpId, origins: [], now: Date.now(), checkpoint });
    expect([name, await secondOpinion(name, forgery)]).toEqual([name, { valid: false, ...ours.refused }]);
  }
}, 120_000);
