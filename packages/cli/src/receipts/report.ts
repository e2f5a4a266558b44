import { CliError, paint, printable, type Terminal } from "../lib/terminal.ts";
import { readTextFile } from "../lib/text-file.ts";
import { type KeySet, readKeySet } from "./receipt-line.ts";
import { reasons } from "./reasons.ts";
import { type Verification, verifyReceipts } from "./verify-receipts.ts";

/** What a file is verified by, as the command line has it. */
export interface VerifyFlags {
  readonly jwks: string;
  readonly rpId: string;
  readonly reviewersRpId?: string;
  readonly origin?: readonly string[];
  readonly checkpoint?: string;
  readonly excerpt?: true;
  readonly json?: true;
}

/** Verifies a file of receipts, and reports what it proves. @returns false where it is refused @throws CliError */
export function reportReceipts(file: string, flags: VerifyFlags, terminal: Terminal): boolean {
  const { jwks, rpId, reviewersRpId, origin = [], checkpoint, excerpt = false, json = false } = flags;
  const verification = verifyReceipts(readText(file, "FILE"), {
    keys: keysIn(jwks),
    rpId,
    reviewersRpId,
    origins: origin,
    checkpoint: checkpoint === undefined ? undefined : readText(checkpoint, "--checkpoint"),
    now: Date.now(),
    isExcerpt: excerpt,
  });
  if (json)
    terminal.write(JSON.stringify({ valid: verification.refused === undefined, ...verification }, undefined, 2));
  else reportToPeople(verification, excerpt, terminal);
  return verification.refused === undefined;
}

function reportToPeople({ lines, withheld, refused }: Verification, isExcerpt: boolean, terminal: Terminal): void {
  for (const { position, id, at, provedBy, proved, notProved } of lines) {
    const by = provedBy === "device" ? paint(terminal, "green", "proved by the user's device") : "the engine's word";
    terminal.write(`${String(position).padStart(6)}  ${new Date(at).toISOString()}  ${printable(id)}  ${by}`);
    for (const one of proved) terminal.write(`          + ${printable(one)}`);
    for (const one of notProved) terminal.write(`          - not proved: ${printable(one)}`);
  }
  if (refused === undefined) {
    const signed = lines.filter(({ provedBy }) => provedBy === "device").length;
    terminal.write(
      paint(terminal, "green", `All ${lines.length} lines hold; a user's device signed ${signed} of them.`),
    );
    if (isExcerpt) {
      terminal.write(
        `It is an excerpt: ${withheld} more lines are withheld, and others may be left out. One may revoke what these lines say.`,
      );
    }
    return;
  }
  const { position, reason } = refused;
  terminal.write(paint(terminal, "red", `Line ${position} is refused (${reason}): ${reasons[reason]}.`));
}

/** @throws CliError */
function keysIn(file: string): KeySet {
  const keys = readKeySet(readText(file, "--jwks"));
  if (keys === undefined) throw new CliError("--jwks must be a JSON Web Key Set of Ed25519 keys, each with a kid.");
  return keys;
}

/** @throws CliError */
function readText(file: string, flag: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new CliError(error instanceof TypeError ? `${flag} must be UTF-8.` : `${flag} cannot be read.`);
  }
}
