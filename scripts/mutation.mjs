// Runs the mutation tests of the groups that are named, or of all: `npm run mutation -- express koa`. What begins with a dash
// goes on to Stryker: `npm run mutation -- core --mutate packages/core/src/binding/seal.ts`.
import { spawnSync } from "node:child_process";
import { mutationGroups } from "./mutation-groups.mjs";

const given = process.argv.slice(2);
const firstOption = given.findIndex((argument) => argument.startsWith("-"));
const named = firstOption === -1 ? given : given.slice(0, firstOption);
const options = firstOption === -1 ? [] : given.slice(firstOption);

const unknown = named.filter((name) => !Object.hasOwn(mutationGroups, name));
if (unknown.length > 0) {
  console.error(`There is no group ${unknown.join(", ")}; there are ${Object.keys(mutationGroups).join(", ")}.`);
  process.exit(2);
}

let failed = false;
for (const name of named.length > 0 ? named : Object.keys(mutationGroups)) {
  console.log(`\nMutation tests: ${name}`);
  const env = { ...process.env, MUTATION_GROUP: name };
  const { status } = spawnSync("npx", ["stryker", "run", ...options], { stdio: "inherit", env });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
