/**
 * The beginning of a script that looks for changes of what is global: \`changesSince(before)\` returns the names that were added,
 * replaced or taken away, each with the part of its property. Run it in a process of its own: what a test runner loads has
 * changed that one long ago.
 */
export const watchGlobals = `
function snapshot() {
  const found = new Map();
  const note = (owner, object) => {
    for (const name of Reflect.ownKeys(object)) {
      const property = Object.getOwnPropertyDescriptor(object, name);
      for (const part of ["value", "get", "set"]) if (part in property) found.set(owner + String(name) + " " + part, property[part]);
    }
  };
  note("", globalThis);
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const object = Object.getOwnPropertyDescriptor(globalThis, name).value;
    if (object === globalThis || (typeof object !== "object" && typeof object !== "function") || object === null) continue;
    note(name + ".", object);
    if (typeof object === "function" && object.prototype) note(name + ".prototype.", object.prototype);
  }
  return found;
}
function changesSince(before) {
  const after = snapshot();
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)) && !/^(?:process|__\\w+)\\./.test(name));
}
// Node defines some of its own again when they are first read.
for (const name of Object.getOwnPropertyNames(globalThis)) void globalThis[name];
const before = snapshot();
`;
