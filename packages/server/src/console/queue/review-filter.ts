import { isActionCode, isId } from "@require-action/core/provider";
import { type Engine, EngineError } from "@require-action/engine";
import type { ActionRecord } from "@require-action/engine/store";
import { address } from "../page/return-to.ts";

/** What has become of reviews. */
export type Status = NonNullable<ReturnType<Engine["reviews"]["status"]>>;

/** The statuses, in the order of the tabs. */
export const statuses: readonly (readonly [status: Status, label: string])[] = [
  ["open", "Open"],
  ["approved", "Approved"],
  ["rejected", "Rejected"],
  ["expired", "Expired"],
];

/** As many reviews are on a page, and as many are decided at once. */
export const PAGE_SIZE = 50;

/** What the engine counts to. */
const MOST_COUNTED = 5_000;

/** How many reviews there are, as people read it. */
export function countText(count: number): string {
  return count >= MOST_COUNTED ? `${MOST_COUNTED.toLocaleString("en")}+` : count.toLocaleString("en");
}

/** Which reviews a page shows, as its address says. */
export interface Filter {
  readonly status: Status;
  readonly userId?: string;
  readonly code?: string;
  readonly after?: string;
}

/** Reads the filter of an address. @throws EngineError `request_invalid` that names what cannot be read */
export function parseFilter(search: URLSearchParams): Filter {
  const given = (name: string): string | undefined => search.get(name)?.trim() || undefined;
  const wanted = given("status") ?? "open";
  const status = statuses.find(([one]) => one === wanted)?.[0];
  const userId = given("user");
  const code = given("action");
  const after = given("after");
  if (status === undefined) throw invalid("status");
  if (userId !== undefined && !isId(userId)) throw invalid("user");
  if (code !== undefined && !isActionCode(code)) throw invalid("action");
  return {
    status,
    ...(userId !== undefined && { userId }),
    ...(code !== undefined && { code }),
    ...(after !== undefined && { after }),
  };
}

/** What of a filter every status has in common, as the engine reads it. */
export function scopeOf({ userId, code }: Filter): { readonly userId?: string; readonly codes?: readonly string[] } {
  return { ...(userId !== undefined && { userId }), ...(code !== undefined && { codes: [code] }) };
}

/** The address of a page with a filter; the first of its pages unless `after` is said. */
export function filterAddress(
  page: string,
  { status, userId, code }: Filter,
  more: Readonly<Record<string, string>> = {},
): string {
  return address(page, { status: status === "open" ? undefined : status, user: userId, action: code, ...more });
}

function invalid(filter: string): EngineError {
  return new EngineError("request_invalid", `The filter ${filter} cannot be read.`);
}

/** Finds actions by their ids, in this order, as they are now; those that are not there are left out. */
export async function findCases(engine: Engine, ids: readonly string[]): Promise<readonly ActionRecord[]> {
  const { items } = await engine.actions.query({ actionIds: ids, limit: ids.length });
  const found = new Map(items.map((action) => [action.actionId, action]));
  return ids.flatMap((id) => found.get(id) ?? []);
}
