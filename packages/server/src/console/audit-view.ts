import { isId } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import { type AuditEvent } from "@require-action/engine/store";
import { time } from "./page/describe-action.ts";
import { address } from "./page/return-to.ts";
import { type Html, html, table } from "../pages/html.ts";

const PAGE_SIZE = 200;

/** Everything that happened to one action, newest first, page by page. */
export async function auditView(engine: Engine, search: URLSearchParams): Promise<Html> {
  const actionId = search.get("actionId");
  const after = search.get("after") ?? undefined;
  if (!isId(actionId)) throw new EngineError("request_invalid", "Which action?");
  const page = { limit: PAGE_SIZE, mayLag: true, ...(after !== undefined && { after }) };
  const { items, next } = await engine.audit.query({ actionId, ...page });
  if (items.length === 0) return html`<p class="card muted">Nothing is recorded about this action.</p>`;
  return html`${table("Events", ["When", "What", "By", "Details"], items.map(eventRow))}
    <p class="pages">
      <a href="${address("case", { id: actionId })}">The action</a>
      ${next !== undefined && html`<a href="${address("audit", { actionId, after: next })}">Older events</a>`}
    </p>`;
}

function eventRow(event: AuditEvent): Html {
  const { type, at, actor, userId } = event;
  return html`<tr>
    <td>${time(at)}</td>
    <td>${type}</td>
    <td>${actor ?? userId ?? "the engine"}</td>
    <td>${describe(event)}${event.note !== undefined && html`<blockquote>${event.note}</blockquote>`}</td>
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
