import { compilePolicy, POLICY_FORMAT, publishPolicy } from "@require-action/engine/policy";
import type { Store } from "@require-action/engine";
import { CliError, type Terminal } from "../lib/terminal.ts";
import { inWords } from "../store/open-store.ts";
import { readPolicyFile } from "./policy-holder.ts";
import type { ServeSettings } from "./serve-settings.ts";

/** The text of a policy, and where it is from. */
export interface PolicyText {
  readonly text: string;
  /** A file, or `version 3 in the store`. */
  readonly name: string;
}

/** Reads the file of `--policy`, where it is given. @throws CliError */
export function readPolicySetting({ policyFile }: ServeSettings): PolicyText | undefined {
  return policyFile === undefined ? undefined : { name: policyFile, text: readPolicyFile(policyFile) };
}

/**
 * Finds the policy to start with: the file, or with `--policy-store` the newest version in the store, where the file is published
 * if there is none yet. Whatever else the file says changes nothing there: a process that starts with an older file takes nobody
 * back to it.
 * @throws CliError where there is none, or one that this process is too old for; PolicyError for the mistakes of the file
 */
export async function findStartingPolicy(
  { policyStore }: ServeSettings,
  file: PolicyText | undefined,
  store: Store,
  { write, warn }: Terminal,
): Promise<PolicyText> {
  if (!policyStore && file !== undefined) return file;
  let newest = await inWords(() => store.findNewestPolicy());
  if (file !== undefined) {
    const { version } = compilePolicy(file.text);
    if (newest === undefined) {
      const added = await inWords(() => publishPolicy(store, file.text, { actor: "serve", expected: 0 }));
      newest = added.newest;
      if (added.isNew) write(`${file.name} is published as version 1 of the policy.`);
    }
    if (newest !== undefined && newest.version !== version) {
      warn(
        `${file.name} is not the policy in force, which is version ${newest.number} in the store. To change it, run require-action policy publish ${file.name} with the same --store.`,
      );
    }
  }
  if (newest === undefined) {
    throw new CliError(
      "--policy-store: the store has no policy yet. Run require-action policy publish FILE with the same --store, or add --policy FILE.",
      1,
    );
  }
  const { number, format, source } = newest;
  if (format === POLICY_FORMAT) return { text: source, name: `version ${number} in the store` };
  throw new CliError(`--policy-store: version ${number} of the policy needs a newer require-action: install that.`, 1);
}
