import { canonicalJson } from "@require-action/core/options";
import { isRecord, type Members } from "./entry-form.ts";

/** What is known of one line. */
export interface VerifiedLine {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly at: number;
  /** Who can be held to it: the user's device by its own signature, or the engine by that of the head. */
  readonly provedBy: "device" | "engine";
  /** What is proved, in words. */
  readonly proved: readonly string[];
  /** What is not, though one might think so. */
  readonly notProved: readonly string[];
}

/** What is found out about a line. */
export type Found = Pick<VerifiedLine, "notProved" | "proved" | "provedBy">;

export function byEngine(what: string, ...notProved: readonly string[]): Found {
  return { provedBy: "engine", proved: [`the engine says: ${what}`], notProved };
}

/** An approval that no device has signed. */
export function attested(
  by: unknown,
  kid: string,
  statement: Members,
  { notProved }: { readonly notProved: readonly string[] },
  votes: Members = {},
): Found {
  const { method = "a person", actor } = isRecord(by) ? by : {};
  const who = actor === undefined ? String(method) : String(actor);
  return {
    provedBy: "engine",
    proved: [
      `the engine's key ${kid} attests that ${who} approved ${described(statement)}`,
      ...Object.entries(votes).map(([reviewer, id]) => `${reviewer} voted for it: ${String(id)}`),
    ],
    notProved: ["that a device has seen it: nothing is signed by one", ...notProved],
  };
}

/** A statement in words. */
export function described({ action, user, bound }: Members): string {
  const of = user === undefined ? "" : ` of ${String(user)}`;
  return `${String(action)}${of}${bound === undefined ? "" : ` with ${canonicalJson(bound)}`}`;
}
