/** Where something is in a document or in options: keys and indexes from the top. */
export type Path = readonly (string | number)[];

const LONGEST_PATH = 400;

/** Writes a path as one would in JavaScript: `actions.sign-in.rules[0].conditions["=="][1]`. */
export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === "" ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text.length <= LONGEST_PATH ? text : `${text.slice(0, LONGEST_PATH)}…`;
}
