// Writes the API reference to dist. Any warning is an error: an undocumented name, a broken link, a public signature with a
// type in it that is not public.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Application, Converter } from "typedoc";
import { notDocumented, notExported } from "./exceptions.mjs";

const packages = fileURLToPath(new URL("../../packages", import.meta.url));
const manifests = readdirSync(packages).map((folder) => ({
  folder,
  ...JSON.parse(readFileSync(`${packages}/${folder}/package.json`, "utf8")),
}));

/** From the source of each way into a package to the name that it is imported by. */
const modules = new Map(
  manifests.flatMap(({ folder, name, exports }) =>
    Object.entries(exports).flatMap(([path, { "@require-action/source": source }]) =>
      source === undefined ? [] : [[`${packages}/${folder}/${source.slice(2)}`, name + path.slice(1)]],
    ),
  ),
);

const onlyNotExported = {
  invalidLink: false,
  invalidPath: false,
  rewrittenLink: false,
  notDocumented: false,
  notExported: true,
};

const app = await Application.bootstrap({
  name: "require-action",
  entryPoints: [...modules.keys()],
  tsconfig: fileURLToPath(new URL("tsconfig.json", import.meta.url)),
  // The type check tells mistakes, with the types of Node or of browsers; here all packages see both.
  skipErrorChecking: true,
  out: fileURLToPath(new URL("dist", import.meta.url)),
  readme: "none",
  excludePrivate: true,
  excludeExternals: true,
  requiredToBeDocumented: ["Class", "Function", "Interface", "TypeAlias", "Variable", "Enum", "Method"],
  packagesRequiringDocumentation: manifests.map(({ name }) => name),
  intentionallyNotDocumented: notDocumented,
  validation: { notDocumented: true, notExported: false },
});

// TypeDoc would name a module after its file.
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.children ?? []) {
    module.name = modules.get(module.sources[0].fullFileName) ?? module.name;
  }
});

const project = await app.convert();
if (project === undefined) process.exit(1);
app.validate(project);
// TypeDoc looks for types that are missing in one package only.
app.options.setValue("validation", onlyNotExported);
for (const { name } of manifests) {
  project.packageName = name;
  app.options.setValue("intentionallyNotExported", notExported[name] ?? []);
  app.validate(project);
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);
project.packageName = "require-action";
await app.generateOutputs(project);
