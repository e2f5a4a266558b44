import { type Inherit, values } from "./inherited-attacks.ts";
import { memberNames, withInherited, withReadsNoted } from "./inherited-names.ts";

type Attack = (inherit: Inherit) => Promise<boolean>;

/** How many names are inherited at once where all are gone through. */
export interface Trial {
  readonly namesAtOnce: number;
}

const asText = (value: unknown): string => (typeof value === "function" ? "function" : JSON.stringify(value));

/**
 * Tries an attack with every name, of one kind; and of all kinds with each name that the attack looks for in vain, as no other
 * can change what is read. Answers the names with which something went through.
 */
export async function tryAttack(attack: Attack, { namesAtOnce }: Trial): Promise<readonly string[]> {
  const names = memberNames();
  const through: string[] = [];
  const attempt = async (group: readonly string[], value: unknown): Promise<void> => {
    const went = await attack((work) => withInherited(group, value, work)).catch(() => false);
    if (went) through.push(`${group.join(", ")}: ${asText(value)}`);
  };
  const read = new Set<string>();
  await attack((work) => withReadsNoted(names, read, work)).catch(() => false);
  for (const name of read) for (const value of values) await attempt([name], value);
  for (let at = 0; at < names.length; at += namesAtOnce) await attempt(names.slice(at, at + namesAtOnce), true);
  return through;
}
