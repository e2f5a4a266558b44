import { paint, printable, type Terminal } from "../lib/terminal.ts";
import { compileFile } from "./compile-file.ts";
import { readPolicyCases } from "./policy-cases.ts";
import { tryCase } from "./try-case.ts";

/** Tries a policy on the cases of a file; true if all come out as expected. @throws CliError for a broken file */
export function testPolicy(file: string, casesFile: string, terminal: Terminal): boolean {
  const cases = readPolicyCases(casesFile);
  const policy = compileFile(file);
  let failed = 0;
  for (const one of cases) {
    const differences = tryCase(policy, one);
    const isExpected = differences.length === 0;
    if (!isExpected) failed++;
    const mark = isExpected ? paint(terminal, "green", "ok") : paint(terminal, "red", "FAIL");
    terminal.write(`${mark}${isExpected ? "  " : ""}  ${printable(one.name)}`);
    for (const line of differences) terminal.write(`        ${printable(line)}`);
  }
  const all = cases.length === 1 ? "1 case" : `${cases.length} cases`;
  terminal.write(failed === 0 ? `${all}, all as expected.` : `${failed} of ${all} failed.`);
  return failed === 0;
}
