import { realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import type { Engine, Policy } from "@require-action/engine";
import { compilePolicy } from "@require-action/engine/policy";
import type { DevOptions } from "@require-action/server";
import { createSourceText } from "../policy/source-text.ts";
import { rewriteSource } from "../policy/rewrite-source.ts";
import { readPolicyFile } from "./policy-holder.ts";

type EditablePolicy = NonNullable<DevOptions["policy"]>;

/** The policy in a file, changed in its own language, with the comments of YAML where nothing was changed. */
export function editablePolicyFile(file: string, engine: () => Pick<Engine, "reloadPolicy">): EditablePolicy {
  function read(): { readonly text: string; readonly policy: Policy } {
    const text = readPolicyFile(file);
    compilePolicy(text);
    return { text, policy: createSourceText(file, text).value as Policy };
  }
  return {
    read: () => read().policy,
    async write(policy) {
      const text = rewriteSource(file, read().text, policy);
      await engine().reloadPolicy(text);
      // In one step, so that whoever watches the file never sees half of it.
      const target = realpathSync(file);
      const draft = `${target}.${process.pid}.tmp`;
      writeFileSync(draft, text, { mode: statSync(target).mode });
      renameSync(draft, target);
    },
  };
}
