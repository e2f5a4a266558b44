import { build } from "esbuild";
import { relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** The modules of this package that an entry loads, as its bundle has them. */
async function modulesOf(entry: string): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [`${source}/${entry}`],
    conditions: ["@require-action/source"],
    absWorkingDir: source,
    platform: "node",
    format: "esm",
    bundle: true,
    write: false,
    metafile: true,
  });
  const files = Object.keys(metafile.inputs).map((file) => relative(".", file).split(sep).join("/"));
  return files.filter((file) => !file.startsWith("..")).toSorted();
}

it("the entry of the Client API loads neither the console nor the page nor the Server API", async () => {
  expect(await modulesOf("client-api/index.ts")).toEqual([
    "client-api/authenticator-view.ts",
    "client-api/client-routes.ts",
    "client-api/create-client-api.ts",
    "client-api/credentials.ts",
    "client-api/enrollment-session.ts",
    "client-api/index.ts",
    "client-api/jwks-route.ts",
    "client-api/parsed-user-agent.ts",
    "client-api/passkey-names.ts",
    "client-api/passkey-routes.ts",
    "client-api/security-key-routes.ts",
    "http/cors.ts",
    "http/dispatcher.ts",
    "http/exchange.ts",
    "http/incoming.ts",
    "http/node-exchange.ts",
    "http/node-handler.ts",
    "http/read-body.ts",
    "http/read-stream.ts",
    "http/reply.ts",
    "http/request-target.ts",
    "http/router.ts",
  ]);
});

it("the main entry loads all of them", async () => {
  expect(await modulesOf("index.ts")).toEqual(
    expect.arrayContaining(["client-api/create-client-api.ts", "console/page/console-page.ts", "pages/page-files.ts"]),
  );
});
