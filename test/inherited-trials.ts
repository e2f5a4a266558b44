import { type Inherit, values } from "./inherited-attacks.ts";
import { memberNames, withInherited, withReadsNoted } from "./inherited-names.ts";

type Attack = (inherit: Inherit) => Promise<boolean>;

/** Whether the names that nobody looks for are gone through too, and how many of them are inherited at once. */
export interface Trial {
  readonly namesAtOnce?: number;
}

const asText = (value: unknown): string => (typeof value === "function" ? "function" : JSON.stringify(value));

/**
 * Tries an attack with each name that it looks for in vain, of all kinds, as no other name can change what is read; and, if told
 * to, with every name, of one kind. Answers the names with which something went through.
 */
export async function tryAttack(attack: Attack, { namesAtOnce }: Trial = {}): Promise<readonly string[]> {
  const names = memberNames();
  const through: string[] = [];
  const attempt = async (group: readonly string[], value: unknown): Promise<void> => {
    const went = await attack((work) => withInherited(group, value, work)).catch(() => false);
    if (went) through.push(`${group.join(", ")}: ${asText(value)}`);
  };
  const read = new Set<string>();
  await attack((work) => withReadsNoted(names, read, work)).catch(() => false);
  for (const name of read) for (const value of values) await attempt([name], value);
  if (namesAtOnce === undefined) return through;
  for (let at = 0; at < names.length; at += namesAtOnce) await attempt(names.slice(at, at + namesAtOnce), true);
  return through;
}
