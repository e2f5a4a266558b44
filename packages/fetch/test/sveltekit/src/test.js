/** Where a test leaves on requests of Node what answers them, and for the guard of this application its options. */
const TEST = Symbol.for("require-action-test.sveltekit");

/** The test's part in a request; nothing where this application's own routes are asked for. */
export const testOf = ({ platform }) => platform.req[TEST];

export const guardOptions = globalThis[TEST];
