/** A test of a guarded route, as applications have it: its files in `test/packed/`, and the commands that run it. */
export interface PackedRun {
  readonly name: string;
  /** The folder below `test/packed/`. */
  readonly project: string;
  /** What its package.json says about its modules. */
  readonly type: "commonjs" | "module";
  readonly commands: readonly (readonly string[])[];
}

const NPX = ["npx", "--no-install"];

/** Every kind of test runner, language and module. */
export const packedRuns: readonly PackedRun[] = [
  {
    name: "node:test, in JavaScript modules",
    project: "javascript",
    type: "module",
    commands: [["node", "--test", "node.spec.mjs"]],
  },
  {
    name: "node:test, in CommonJS",
    project: "javascript",
    type: "commonjs",
    commands: [["node", "--test", "node.spec.cjs"]],
  },
  {
    name: "C6: node:test, in TypeScript for CommonJS that is resolved as by Node 10",
    project: "typescript",
    type: "commonjs",
    commands: [
      [...NPX, "tsc", "-p", "tsconfig.commonjs.json"],
      ["node", "--test", "dist/node.spec.js"],
    ],
  },
  {
    name: "C6: node:test, in TypeScript for CommonJS that knows newer Nodes",
    project: "typescript",
    type: "commonjs",
    commands: [
      [...NPX, "tsc", "-p", "tsconfig.nodenext.json"],
      ["node", "--test", "dist/node.spec.js"],
    ],
  },
  {
    name: "node:test, in TypeScript modules",
    project: "typescript",
    type: "module",
    commands: [
      [...NPX, "tsc", "-p", "tsconfig.nodenext.json"],
      ["node", "--test", "dist/node.spec.js"],
    ],
  },
  {
    name: "vitest, in TypeScript",
    project: "typescript",
    type: "module",
    commands: [[...NPX, "vitest", "run", "vitest.spec.ts"]],
  },
  {
    name: "C7: Jest, in CommonJS",
    project: "javascript",
    type: "commonjs",
    commands: [[...NPX, "jest", "--config", "jest.config.cjs"]],
  },
  {
    name: "C7: Jest, as Nest sets it up",
    project: "nest",
    type: "commonjs",
    commands: [[...NPX, "jest", "--config", "jest.config.js"]],
  },
];
