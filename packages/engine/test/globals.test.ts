import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { watchGlobals } from "@require-action-test/support/global-changes";
import { expect, it } from "vitest";

const script = `
${watchGlobals}const { createEngine } = await import("@require-action/engine");
createEngine({
  policy: { actions: {} },
  secrets: ["an engine secret for tests, 32 bytes long"],
  issuer: "bank",
  baseUrl: "http://localhost",
  passkeys: { rpId: "localhost", origins: ["http://localhost"] },
});
const created = changesSince(before);
await import("@simplewebauthn/server");
console.log(JSON.stringify({ created, loaded: changesSince(before) }));
`;

it("T34: the engine changes nothing global; the passkey library, loaded with the first passkey, adds what security.md names", async () => {
  const flags = ["--conditions=@require-action/source", "--import", "tsx", "--input-type=module", "--eval", script];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd });
  const { created, loaded } = JSON.parse(stdout) as { created: string[]; loaded: string[] };
  expect(created).toEqual([]);
  const names = loaded.filter((name) => name.endsWith(" value")).map((name) => name.replace(/ value$/, ""));
  expect(loaded).toHaveLength(names.length);
  // tslib, as a script that runs outside of any module would have it.
  const helpers = names.filter((name) => name.startsWith("__"));
  expect(helpers.sort()).toEqual([
    "__addDisposableResource",
    "__assign",
    "__asyncDelegator",
    "__asyncGenerator",
    "__asyncValues",
    "__await",
    "__awaiter",
    "__classPrivateFieldGet",
    "__classPrivateFieldIn",
    "__classPrivateFieldSet",
    "__createBinding",
    "__decorate",
    "__disposeResources",
    "__esDecorate",
    "__exportStar",
    "__extends",
    "__generator",
    "__importDefault",
    "__importStar",
    "__makeTemplateObject",
    "__metadata",
    "__param",
    "__propKey",
    "__read",
    "__rest",
    "__rewriteRelativeImportExtension",
    "__runInitializers",
    "__setFunctionName",
    "__spread",
    "__spreadArray",
    "__spreadArrays",
    "__values",
  ]);
  // reflect-metadata.
  expect(names.filter((name) => !name.startsWith("__")).sort()).toEqual([
    "Reflect.Symbol(@reflect-metadata:registry)",
    "Reflect.decorate",
    "Reflect.defineMetadata",
    "Reflect.deleteMetadata",
    "Reflect.getMetadata",
    "Reflect.getMetadataKeys",
    "Reflect.getOwnMetadata",
    "Reflect.getOwnMetadataKeys",
    "Reflect.hasMetadata",
    "Reflect.hasOwnMetadata",
    "Reflect.metadata",
  ]);
});
