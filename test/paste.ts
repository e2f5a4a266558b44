import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, Server } from "node:net";
import { dirname, join } from "node:path";
import { vi } from "vitest";
import { blocks } from "./markdown.ts";
import { root } from "./workspace.ts";

/** Where documents are pasted: within the repository, so that its packages are found. */
export const pasteFolder = `${root}test/.getting-started/`;

/** A document's application, started as it was pasted. */
export interface PastedApp {
  readonly folder: string;
  readonly origin: string;
  /** What the application has printed with `console.log`. */
  readonly printed: readonly string[];
  /** The codes of the warnings of its start. */
  readonly warnings: readonly unknown[];
  close(): void;
}

/** Pastes the files of a document into a folder of their own, as its reader would. Port 3000 becomes one that is free. */
export async function paste(
  document: string,
  below: string = pasteFolder,
): Promise<{ readonly folder: string; readonly port: number }> {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  const folder = join(below, document.replaceAll(/[^a-z]+/gi, "-"), "/");
  mkdirSync(folder, { recursive: true });
  for (const { pastes, code } of blocks(document)) {
    if (pastes === undefined) continue;
    mkdirSync(dirname(folder + pastes), { recursive: true });
    writeFileSync(folder + pastes, code.replaceAll(/\b3000\b/g, String(port)));
  }
  return { folder, port };
}

/** Starts the application that was pasted from a document. */
export async function startPasted(document: string): Promise<PastedApp> {
  const { folder, port } = await paste(document);
  const { pastes: file } = blocks(document).find(({ pastes }) => pastes !== undefined && /\.m[jt]s$/.test(pastes))!;
  const servers: Server[] = [];
  const listen = Server.prototype.listen;
  const listening = vi.spyOn(Server.prototype, "listen").mockImplementation(function (this: Server, ...given: any[]) {
    servers.push(this);
    return Reflect.apply(listen, this, given);
  } as Server["listen"]);
  const printed: string[] = [];
  const printing = vi.spyOn(console, "log").mockImplementation((line) => void printed.push(line));
  const warning = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  // Nest reports each step of its start.
  const reporting = vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await import(/* @vite-ignore */ `${folder}${file}`);
  const warnings = warning.mock.calls.map(([, options]) => (options as { readonly code?: string }).code);
  for (const mock of [listening, warning, reporting]) mock.mockRestore();
  const [server] = servers;
  if (!server!.listening) await once(server!, "listening");
  return {
    folder,
    origin: `http://localhost:${port}`,
    printed,
    warnings,
    close() {
      printing.mockRestore();
      for (const each of servers) each.close();
    },
  };
}
