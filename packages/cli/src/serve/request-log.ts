import type { AuditEvent } from "@require-action/engine/store";
import type { OutboxEntry } from "@require-action/server";
import { printable } from "../lib/terminal.ts";

const columns = [
  ["time", 8],
  ["action", 22],
  ["user", 24],
  ["outcome", 19],
] as const;
const INDENT = " ".repeat(10);

/** What a developer watches: one line for each thing that happens to an action, and what users would have received. */
export interface RequestLog {
  readonly header: string;
  onEvent(event: AuditEvent): void;
  onEntry(entry: OutboxEntry): void;
}

/** @param shorten makes links to challenges fit a line */
export function createRequestLog(
  write: (line: string) => void,
  shorten: (url: string) => string = (url) => url,
): RequestLog {
  return {
    header: row("time", "action", "user", "outcome", "rule"),
    onEvent(event) {
      const [outcome, why] = outcomeOf(event) ?? [];
      if (outcome === undefined) return;
      const time = new Date(event.at).toISOString().slice(11, 19);
      write(row(time, event.action ?? "", event.userId ?? "", outcome, why ?? ""));
    },
    onEntry(entry) {
      write(INDENT + lineOf(entry, shorten));
    },
  };
}

function lineOf(entry: OutboxEntry, shorten: (url: string) => string): string {
  switch (entry.kind) {
    case "link":
      return `link ${shorten(entry.url)}`;
    case "magic-link":
      return `magic link ${shorten(entry.url)} to ${printable(entry.to)}`;
    case "address_changed":
      return `notice to ${printable(entry.to)}: codes go to another address from now on`;
    default:
      return `code ${entry.code} to ${printable(entry.to)} by ${entry.kind}, for ${printable(entry.action)}`;
  }
}

/** What happened, and why; `undefined` for what is not worth a line. */
function outcomeOf(event: AuditEvent): readonly [outcome: string, why: string] | undefined {
  const { type, outcome = "", state = "", ruleIds = ["default"], undecidedRuleIds = [] } = event;
  const { verificationMethod, actor, reason, detail } = event;
  switch (type) {
    case "action.tracked": {
      const undecided = undecidedRuleIds.length === 0 ? "" : ` (unknown: ${undecidedRuleIds.join(", ")})`;
      return [outcome, ruleIds.join(", ") + undecided];
    }
    case "action.transitioned":
      return [state, verificationMethod ?? reason ?? (actor === undefined ? "" : `by ${actor}`)];
    case "challenge.denied_by_user":
      return [state, "the user did not ask for it"];
    case "action.refused":
    case "challenge.refused":
    case "authenticator.enrollment_refused":
    case "result.refused":
      return ["refused", [reason ?? state, ...(detail === undefined ? [] : [detail])].join(": ")];
    case "device.remembered":
      return ["remembered", verificationMethod ?? ""];
    case "device.revoked":
      return ["revoked", reason ?? ""];
    case "attribute.dropped":
      return ["left out", reason ?? ""];
    case "authenticator.enrolled":
      return ["enrolled", verificationMethod ?? ""];
    default:
      return undefined;
  }
}

function row(time: string, action: string, user: string, outcome: string, rule: string): string {
  const cells = [time, action, user, outcome].map((text, index) => {
    const width = columns[index]?.[1] ?? 0;
    const shown = printable(text);
    return (shown.length > width ? `${shown.slice(0, width - 1)}…` : shown).padEnd(width);
  });
  return [...cells, printable(rule)].join("  ").trimEnd();
}
