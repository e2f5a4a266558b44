import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

describe("F26: the memory ledger, when full,", () => {
  it("holds 1,000,000 claims in bounded memory, as many as it says and no more, and replays none", async () => {
    const script = fileURLToPath(new URL("processes/fill-ledger.ts", import.meta.url));
    const flags = ["--expose-gc", "--conditions=@require-action/source", "--import", "tsx"];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, script]);
    const { bytesPerClaim, rss, bytesLeft, ...counts } = JSON.parse(stdout) as Record<string, number>;
    expect(counts).toEqual({ held: 1_000_000, replayed: 0, unknown: 0, refused: 1_000, left: 1 });
    expect(bytesPerClaim).toBeLessThan(165);
    expect(rss).toBeLessThan(600_000_000);
    expect(bytesLeft).toBeLessThan(10_000_000);
  }, 120_000);
});
