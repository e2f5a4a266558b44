import { Deployment } from "kubernetes-models/apps/v1";
import { NetworkPolicy } from "kubernetes-models/networking.k8s.io/v1";
import { PodDisruptionBudget } from "kubernetes-models/policy/v1";
import { Secret, Service } from "kubernetes-models/v1";
import { describe, expect, it } from "vitest";
import { read } from "../workspace.ts";
import { type Manifest, manifests, readManifests, type Tree } from "./manifests.ts";

interface Model {
  validate(): void;
}

const models: Readonly<Record<string, new (object: any) => Model>> = {
  Deployment,
  NetworkPolicy,
  PodDisruptionBudget,
  Secret,
  Service,
};

/**
 * What is wrong with an object by Kubernetes's own schema. The schema's functions pass unknown members by, so a member that they
 * have not looked at is one: `livenesProbe` would be no probe at all.
 */
function problemsOf({ kind, object }: Pick<Manifest, "kind" | "object">): readonly string[] {
  const problems: string[] = [];
  const unread = new Set<string>();
  const Kind = models[kind];
  if (Kind === undefined) return [`${kind} is not known here`];
  const model = new Kind({});
  Object.assign(model, watched(object, "", unread));
  try {
    model.validate();
  } catch (error) {
    problems.push((error as Error).message);
  }
  return [...problems, ...[...unread].map((path) => `${path} is unknown`)];
}

/** The same, which takes the path of each member that is read out of `unread`. */
function watched(value: Tree, path: string, unread: Set<string>): Tree {
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).map(([name, member]) => {
    const place = `${path}/${name}`;
    if (!Array.isArray(value)) unread.add(place);
    return [name, place, watched(member, place, unread)] as const;
  });
  const seen: object = Array.isArray(value) ? [] : {};
  for (const [name, place, member] of members) {
    Object.defineProperty(seen, name, {
      enumerable: true,
      get() {
        unread.delete(place);
        return member;
      },
    });
  }
  return seen as Tree;
}

const ofKind = (kind: string): readonly Manifest[] => manifests.filter((one) => one.kind === kind);
const list = (tree: Tree | undefined): readonly Tree[] => (tree ?? []) as unknown as readonly Tree[];
const podOf = ({ object }: Manifest): Tree => object["spec"]!["template"]!["spec"]!;
const labelsOf = ({ object }: Manifest): Tree => object["spec"]!["template"]!["metadata"]!["labels"]!;

describe("deploy/kubernetes", () => {
  it.each(manifests)("$file: $kind $name is as Kubernetes has it", (manifest) => {
    expect(problemsOf(manifest)).toEqual([]);
  });

  it.each([
    ["a member that does not exist", "livenesProbe: { tcpSocket: { port: 1 } }", "livenesProbe is unknown"],
    ["a number for a text", "imagePullPolicy: 1", "imagePullPolicy"],
    ["a member deep within", "readinessProbe: { httpGet: { port: 1, pathh: / } }", "httpGet/pathh is unknown"],
  ])("would be refused for %s", (_what, wrong, problem) => {
    const [manifest] = readManifests(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: a }
spec:
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: a, ${wrong} }] } }
`);
    expect(problemsOf(manifest!).join("\n")).toContain(problem);
  });

  describe.each(ofKind("Deployment"))("the Deployment $name", (deployment) => {
    const pod = podOf(deployment);
    const [container] = list(pod["containers"]);

    it("runs without rights, on a file system that it cannot change", () => {
      expect(pod).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
      });
      expect(container?.["securityContext"]).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(list(container?.["volumeMounts"]).every((mount) => String(mount["readOnly"]) === "true")).toBe(true);
    });

    it("is asked whether it is ready by /healthz, and whether it lives by nothing that waits for others", () => {
      expect(container?.["readinessProbe"]).toMatchObject({ httpGet: { path: "/healthz" } });
      expect(Object.keys(container?.["livenessProbe"] ?? {})).toContain("tcpSocket");
      expect(Object.keys(container?.["startupProbe"] ?? {})).toContain("tcpSocket");
    });

    it("names ports and volumes that it has", () => {
      const ports = list(container?.["ports"]).map(({ name }) => name);
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"]) {
        const { tcpSocket, httpGet } = (container?.[probe] ?? {}) as Tree;
        expect(ports).toContain((tcpSocket ?? httpGet)?.["port"]);
      }
      expect(list(container?.["volumeMounts"]).map(({ name }) => name)).toEqual(
        list(pod["volumes"]).map(({ name }) => name),
      );
    });

    it("takes its secrets from files of a Secret, and each that the example has", () => {
      const volume = list(pod["volumes"]).find(({ name }) => String(name) === "secrets");
      expect(volume).toEqual({ name: "secrets", secret: { secretName: deployment.name } });
      const mount = list(container?.["volumeMounts"]).find(({ name }) => String(name) === "secrets");
      const secret = ofKind("Secret").find(({ name }) => name === deployment.name);
      const files = list(container?.["env"]).filter(({ name }) => String(name).endsWith("_FILE"));
      const wanted = Object.keys(secret?.object["stringData"] ?? {}).map((name) => ({
        name: `${name}_FILE`,
        value: `${String(mount?.["mountPath"])}/${name}`,
      }));
      expect(new Set(files)).toEqual(new Set(wanted));
      expect(container?.["envFrom"]).toBeUndefined();
    });

    it("never goes down to fewer copies by a roll-out, and to one fewer by a drained node", () => {
      expect(deployment.object["spec"]).toMatchObject({
        replicas: 3,
        strategy: { rollingUpdate: { maxUnavailable: 0 } },
      });
      const budget = ofKind("PodDisruptionBudget").find(({ name }) => name === deployment.name);
      expect(budget?.object["spec"]).toMatchObject({
        maxUnavailable: 1,
        selector: { matchLabels: labelsOf(deployment) },
      });
      expect(deployment.object["spec"]?.["selector"]).toEqual({ matchLabels: labelsOf(deployment) });
    });
  });

  it.each(ofKind("Service"))("the Service $name leads to a port of a Deployment", ({ object }) => {
    const selector = object["spec"]?.["selector"];
    const deployment = ofKind("Deployment").find((one) => JSON.stringify(labelsOf(one)) === JSON.stringify(selector));
    const ports = list(list(podOf(deployment!)["containers"])[0]?.["ports"]).map(({ name }) => name);
    for (const { targetPort } of list(object["spec"]?.["ports"])) expect(ports).toContain(targetPort);
  });

  it("holds no secret", () => {
    const values = ofKind("Secret").flatMap(({ object }) => Object.values(object["stringData"] ?? {}));
    expect(values.length).toBeGreaterThan(4);
    expect(values.every((value) => String(value) === "")).toBe(true);
  });

  it("gives require-action flags that it has", () => {
    const [container] = list(podOf(ofKind("Deployment").find(({ name }) => name === "require-action")!)["containers"]);
    const [command, ...flags] = list(container?.["args"]).map((argument) => String(argument).split("=")[0]);
    expect(command).toBe("serve");
    const known = [...read("packages/cli/src/commands/serve.ts").matchAll(/"(--[a-z-]+)/g)].map(([, flag]) => flag);
    expect(flags.filter((flag) => !known.includes(flag))).toEqual([]);
  });
});
