import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { freePort } from "@require-action-test/support/free-port";
import { blocks } from "../markdown.ts";
import { type Backend, type Balancer, balancerEnvironment, missingBalancer, SERVED_BY } from "./balancer.ts";

/** Why tests behind nginx are skipped. */
export const noNginx: string | undefined = missingBalancer("nginx");

/** Starts nginx on a free port, as docs/OPERATIONS.md sets it up. */
export async function startNginx(backends: readonly Backend[]): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), "require-action-nginx-"));
  const [file, port] = [join(folder, "nginx.conf"), await freePort()];
  const { code } = blocks("docs/OPERATIONS.md").find(
    ({ language, code }) => language === "nginx" && code.includes("upstream"),
  )!;
  const servers = backends.map((one) => `server 127.0.0.1:${one.port};`);
  // The last one of those that a request was passed to.
  const names = backends.map((one) => `"~:${one.port}$" ${one.name};`);
  const site = code
    .replace(/( *server 10\..*;\n)+/, `${servers.join("\n")}\n`)
    .replace(/^ *ssl_.*\n/gm, "")
    .replace(/listen .*;/, `listen 127.0.0.1:${port};\nadd_header ${SERVED_BY} $served_by always;`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const log = join(folder, "error.log");
  const config = `daemon off;
pid ${join(folder, "pid")};
error_log ${log};
events {}
http {
access_log off;
${paths.join("\n")}
map $upstream_addr $served_by { ${names.join(" ")} }
${site}
}
`;
  await writeFile(file, config);
  const child = spawn("nginx", ["-e", log, "-c", file], { stdio: "inherit", env: balancerEnvironment });
  const origin = `http://127.0.0.1:${port}`;
  const answers = (url: string): Promise<boolean> =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );

  return {
    origin,
    // It asks for no health, and finds out as it passes a request on.
    async until(backend, status) {
      if (status === "DOWN") return;
      while (!(await answers(`http://127.0.0.1:${backend.port}/healthz`))) await pass(50);
    },
    async close() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "close");
      await rm(folder, { recursive: true });
    },
  };
}
