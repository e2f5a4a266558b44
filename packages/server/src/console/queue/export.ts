import { setImmediate as breathe } from "node:timers/promises";
import { type Engine, EngineError } from "@require-action/engine";
import type { ActionRecord, Page } from "@require-action/engine/store";
import { streamed } from "../../http/reply.ts";

/** The most that the engine lists at once. */
const AT_ONCE = 200;

type Format = "csv" | "json";
/** Lists actions, page by page. */
type List = (page: { readonly limit: number; readonly after?: string }) => Promise<Page<ActionRecord>>;

/** Columns of an export, and the text of each. */
const columns: readonly (readonly [
  name: string,
  text: (action: ActionRecord, engine: Engine) => string | undefined,
])[] = [
  ["id", ({ actionId }) => actionId],
  ["user", ({ userId }) => userId],
  ["action", ({ action }) => action],
  ["state", ({ state }) => state],
  ["review", (action, engine) => engine.reviews.status(action)],
  ["outcome", ({ outcome }) => outcome],
  ["created_at", ({ createdAt }) => isoTime(createdAt)],
  ["ends_at", ({ review }) => isoTime(review?.expiresAt)],
  ["decided_at", ({ review }) => isoTime(review?.decidedAt)],
  ["reviewer", ({ review }) => review?.reviewer],
  ["reason", ({ review }) => review?.reason],
  ["note", ({ review }) => review?.note],
  ["rules", ({ rules }) => rules.map(({ ruleId }) => ruleId).join(" ")],
  ["fields", ({ attributes: { custom } }) => (custom === undefined ? undefined : JSON.stringify(custom))],
  ["address", ({ attributes }) => attributes.ipAddress],
  ["device", ({ attributes }) => attributes.deviceId],
];

/** Reads which format an export has. @throws EngineError `request_invalid` */
export function formatOf(search: URLSearchParams): Format {
  const format = search.get("format");
  if (format !== "csv" && format !== "json") throw new EngineError("request_invalid", "format must be csv or json.");
  return format;
}

/**
 * Sends everything that a list has as a file, page by page, so that no export is ever in memory as a whole. One that fails on the
 * way ends without its end, and is no file to the browser.
 * @throws whatever the list of the first page throws
 */
export function exportReply(name: string, format: Format, list: List, engine: Engine): Promise<Response> {
  const type = format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json";
  return streamed(textOf(format, list, engine), {
    "content-type": type,
    "content-disposition": `attachment; filename="${name}.${format}"`,
  });
}

/** Sends lines as a file. Their names are ids of ours, which a header may hold. */
export function fileReply(name: string, lines: readonly string[]): Response {
  return new Response(lines.map((line) => `${line}\n`).join(""), {
    headers: {
      "content-type": "application/jsonl; charset=utf-8",
      "content-disposition": `attachment; filename="${name}"`,
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    },
  });
}

async function* textOf(format: Format, list: List, engine: Engine): AsyncGenerator<string, undefined> {
  let text = format === "csv" ? csvLine(columns.map(([column]) => column)) : "[";
  let separator = "\n";
  let after: string | undefined;
  do {
    const page = await list({ limit: AT_ONCE, ...(after !== undefined && { after }) });
    for (const action of page.items) {
      const values = columns.map(([column, of]) => [column, of(action, engine)] as const);
      if (format === "csv") text += csvLine(values.map(([, value = ""]) => value));
      else {
        text += `${separator}${JSON.stringify(Object.fromEntries(values))}`;
        separator = ",\n";
      }
    }
    yield text;
    text = "";
    // A store within this process answers at once, and what is sent is taken at once: others get their turn in between.
    await breathe();
    after = page.next;
  } while (after !== undefined);
  if (format === "json") yield "\n]\n";
}

function isoTime(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

/** What spreadsheets take for the start of a formula, in any width; numbers are none. @see https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[\s\p{Cc}\p{Cf}"']*[=+\-@\uff1d\uff0b\uff0d\uff20|]/u;
/** What begins a cell in the spreadsheets of other countries, which part cells by semicolons or tabs. */
const WITHIN = /(?<=[;\t\r\n])/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;

/** A line of RFC 4180, of values that no spreadsheet calculates. */
export function csvLine(values: readonly string[]): string {
  const cells = values.map((value) => {
    const parts = value.split(WITHIN).map((part) => (FORMULA.test(part) && !NUMBER.test(part) ? `'${part}` : part));
    const text = /^[\t\r\n]/.test(value) ? `'${parts.join("")}` : parts.join("");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(",")}\r\n`;
}
