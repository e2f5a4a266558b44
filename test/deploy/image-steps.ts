import { execFile } from "node:child_process";
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { DockerfileParser } from "dockerfile-ast";

const run = promisify(execFile);

/** A stage of a Dockerfile, as far as a process in its image sees it. */
export interface Stage {
  readonly name: string;
  readonly base: string;
  readonly workdir: string;
  readonly user: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly number[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
  readonly steps: readonly Step[];
}

type Step =
  | { readonly kind: "run"; readonly workdir: string; readonly command: string }
  | { readonly kind: "copy"; readonly from: string | undefined; readonly source: string; readonly target: string };

/** Reads the stages. Throws for an instruction that it does not know, rather than passing it by. */
export function readStages(text: string): readonly Stage[] {
  const stages: { -readonly [Name in keyof Stage]: Stage[Name] }[] = [];
  const lines = text.split("\n");
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    const { start, end } = instruction.getRange();
    if (start.line !== end.line) throw new Error(`line ${start.line + 1}: one line for each instruction`);
    const written = (lines[start.line] ?? "").slice(keyword.length).trim();
    if (keyword === "FROM") {
      const [, base = "", name = ""] = /^(\S+) AS (\S+)$/.exec(written) ?? [];
      const nothing = { workdir: "/", user: undefined, environment: {}, ports: [], steps: [] };
      stages.push({ name, base, ...nothing, entrypoint: [], command: [], healthcheck: [] });
      continue;
    }
    const stage = stages.at(-1)!;
    switch (keyword) {
      case "WORKDIR":
        stage.workdir = written;
        break;
      case "USER":
        stage.user = written;
        break;
      case "ENV": {
        const [name = "", value = ""] = written.split("=");
        stage.environment = { ...stage.environment, [name]: value };
        break;
      }
      case "EXPOSE":
        stage.ports = written.split(" ").map(Number);
        break;
      case "RUN":
        stage.steps = [...stage.steps, { kind: "run", workdir: stage.workdir, command: written }];
        break;
      case "COPY": {
        const [, from, source = "", target = ""] = /^(?:--from=(\S+) )?(\S+) (\S+)$/.exec(written) ?? [];
        stage.steps = [...stage.steps, { kind: "copy", from, source, target: join(stage.workdir, target) }];
        break;
      }
      case "ENTRYPOINT":
        stage.entrypoint = JSON.parse(written) as string[];
        break;
      case "CMD":
        stage.command = JSON.parse(written) as string[];
        break;
      case "HEALTHCHECK":
        stage.healthcheck = JSON.parse(written.slice(written.indexOf("CMD ") + 4)) as string[];
        break;
      default:
        throw new Error(`${keyword} is not known here`);
    }
  }
  return stages;
}

/**
 * Makes the file systems of all stages in folders below `root`, by the commands of the Dockerfile, with the Node that runs the
 * tests in place of the base image. `context` copies what a build is given into a folder.
 */
export async function buildStages(
  stages: readonly Stage[],
  root: string,
  context: (folder: string) => Promise<void>,
): Promise<void> {
  for (const { name, steps } of stages) {
    await mkdir(join(root, name), { recursive: true });
    for (const step of steps) {
      if (step.kind === "run") {
        await run("sh", ["-c", step.command], { cwd: join(root, name, step.workdir), maxBuffer: 100_000_000 });
        continue;
      }
      const target = join(root, name, step.target);
      await mkdir(target, { recursive: true });
      if (step.from === undefined) await context(join(target, step.source));
      else await cp(join(root, step.from, step.source), target, { recursive: true, verbatimSymlinks: true });
    }
  }
}
