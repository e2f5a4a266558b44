import { parseAllDocuments } from "yaml";
import { filesBelow, read } from "../workspace.ts";

/** A Kubernetes object, as a manifest has it. */
export interface Manifest {
  readonly file: string;
  readonly kind: string;
  readonly name: string;
  readonly object: Tree;
}

export interface Tree {
  readonly [name: string]: Tree;
}

/** Reads the objects of a file of manifests. */
export function readManifests(text: string, file = "a manifest"): readonly Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).map((document) => {
    if (document.errors[0]) throw document.errors[0];
    const object = document.toJS() as Tree;
    return { file, kind: String(object["kind"]), name: String(object["metadata"]?.["name"]), object };
  });
}

/** Every object of every file below `deploy/kubernetes`. */
export const manifests: readonly Manifest[] = filesBelow("deploy/kubernetes", ".yaml").flatMap((file) =>
  readManifests(read(file), file),
);
