import { isId } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { time } from "./page/describe-action.ts";
import { type Html, html, table } from "../pages/html.ts";

const PAGE_SIZE = 200;

/** Everything that happened to one action, newest first. */
export async function auditView(engine: Engine, actionId: string | null): Promise<Html> {
  if (!isId(actionId)) throw new EngineError("request_invalid", "Which action?");
  const { items } = await engine.audit.query({ actionId, limit: PAGE_SIZE, mayLag: true });
  if (items.length === 0) return html`<p class="card muted">Nothing is recorded about this action.</p>`;
  return table("Events", ["When", "What", "By", "Details"], items.map(eventRow));
}

function eventRow(event: AuditEvent): Html {
  const { type, at, actor, userId } = event;
  return html`<tr>
    <td>${time(at)}</td>
    <td>${type}</td>
    <td>${actor ?? userId ?? "the engine"}</td>
    <td>${describe(event)}</td>
  </tr>`;
}

function describe({ outcome, from, state, ruleIds, undecidedRuleIds, verificationMethod, reason }: AuditEvent): string {
  return [
    outcome !== undefined && `outcome ${outcome}`,
    state !== undefined && (from === undefined ? state : `${from} → ${state}`),
    ruleIds !== undefined && ruleIds.length > 0 && `rules ${ruleIds.join(", ")}`,
    undecidedRuleIds !== undefined && `undecided ${undecidedRuleIds.join(", ")}`,
    verificationMethod,
    reason,
  ]
    .filter(Boolean)
    .join(" · ");
}
