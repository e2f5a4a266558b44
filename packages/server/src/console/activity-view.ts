import { actionStates, isActionCode, isId } from "@require-action/core/provider";
import { type ActionQuery, type Engine, EngineError } from "@require-action/engine";
import { type ActionRecord } from "@require-action/engine/store";
import { actionField, detailList, actionTag, time } from "./page/describe-action.ts";
import { type Html, html, table } from "../pages/html.ts";

const PAGE_SIZE = 50;
const COLUMNS = ["When", "User", "Action", "Outcome", "State", "Rules", "Details"];

/** Recent actions of everybody, newest first, narrowed by user, action, state and day. */
export async function activityView(engine: Engine, search: URLSearchParams): Promise<Html> {
  const { items, next } = await engine.actions.query({ ...parseFilters(search), limit: PAGE_SIZE, mayLag: true });
  const older = new URLSearchParams(search);
  if (next !== undefined) older.set("after", next);
  const found =
    items.length === 0
      ? html`<p class="card muted">No action matches.</p>`
      : table(
          "Actions",
          COLUMNS,
          items.map((record) => actionRow(record, engine)),
        );
  const user = search.get("user")?.trim() ?? "";
  // A field shows what was typed as it is, so that it can be sent again.
  const exported = (format: string): Html => {
    const parameters = new URLSearchParams([...search].filter(([name]) => name !== "after"));
    parameters.set("format", format);
    return html` <a href="activity-export?${parameters.toString()}" download>${format.toUpperCase()}</a>`;
  };
  return html`<div class="toolbar">
      ${filterForm(search)}
      <p><span class="muted">Export:</span> ${exported("csv")} ${exported("json")}</p>
    </div>
    ${user !== "" && html`<p class="muted">Of the user ${user}</p>`} ${found}
    ${next !== undefined && html`<p><a href="activity?${older.toString()}">Older actions</a></p>`}`;
}

/** @throws EngineError `request_invalid` that names the filter */
export function parseFilters(search: URLSearchParams): ActionQuery {
  const given = (name: string): string | undefined => search.get(name)?.trim() || undefined;
  const userId = given("user");
  const code = given("action");
  const state = actionStates.find((one) => one === given("state"));
  const day = given("from");
  const after = given("after");
  if (userId !== undefined && !isId(userId)) throw invalid("user");
  if (code !== undefined && !isActionCode(code)) throw invalid("action");
  if (given("state") !== undefined && state === undefined) throw invalid("state");
  const from = day === undefined ? undefined : Date.parse(`${day}T00:00:00Z`);
  if (from !== undefined && Number.isNaN(from)) throw invalid("from");
  return {
    ...(userId !== undefined && { userId }),
    ...(code !== undefined && { codes: [code] }),
    ...(state !== undefined && { state }),
    ...(from !== undefined && { from }),
    ...(after !== undefined && { after }),
  };
}

function filterForm(search: URLSearchParams): Html {
  const value = (name: string): string => search.get(name) ?? "";
  return html`<form method="get" action="activity" class="filters">
    <label>User <input name="user" value="${value("user")}" autocomplete="off" /></label>
    ${actionField(value("action"))}
    <label
      >State
      <select name="state">
        <option value="">Any</option>
        ${actionStates.map((state) =>
          state === value("state")
            ? html`<option value="${state}" selected>${state}</option>`
            : html`<option value="${state}">${state}</option>`,
        )}
      </select>
    </label>
    <label>From <input type="date" name="from" value="${value("from")}" /></label>
    <button>Show</button>
  </form>`;
}

function actionRow(record: ActionRecord, engine: Engine): Html {
  const { createdAt, userId, action, outcome, rules, actionId, deniedByUser, rememberedDeviceId } = record;
  return html`<tr>
    <td>${time(createdAt)}</td>
    <td>${userId}</td>
    <td>${action}</td>
    <td>${outcome}</td>
    <td>${actionTag(record, engine)}</td>
    <td>${rules.length === 0 ? "default" : rules.map(({ name }) => name).join(", ")}</td>
    <td>
      <details>
        <summary>Show</summary>
        ${detailList(record, engine)}
        ${deniedByUser === true && html`<p>The user says that they did not ask for this.</p>`}
        ${rememberedDeviceId !== undefined && html`<p>A remembered device stood in for the challenge.</p>`}
        ${
          record.review?.reviewer !== undefined &&
          html`<p>
            Decided by ${record.review.reviewer}${record.review.note !== undefined && html`: ${record.review.note}`}
          </p>`
        }
        <p><a href="case?id=${encodeURIComponent(actionId)}">Open</a></p>
      </details>
    </td>
  </tr>`;
}

function invalid(filter: string): EngineError {
  return new EngineError("request_invalid", `The filter ${filter} cannot be read.`);
}
