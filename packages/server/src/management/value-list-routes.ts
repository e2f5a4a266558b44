import { EngineError, type Policy } from "@require-action/engine";
import { invalid } from "../http/request-fields.ts";
import type { Route, RoutedRequest } from "../http/router.ts";
import type { PolicyEditor } from "./editable-policy.ts";
import { memberOf } from "./resources.ts";
import { createValueLists, type ValueList } from "./value-lists.ts";

const listsPath = "/management/value-lists";
const listPath = `${listsPath}/:alias`;

type Items = readonly unknown[];

/** Value lists, by their aliases. */
export function valueListRoutes({ read, edit }: PolicyEditor): readonly Route[] {
  const lists = createValueLists();
  const aliasOf = ({ params }: RoutedRequest): string => params.get("alias") ?? "";

  /** Puts a list into the policy, and answers with it. */
  async function keeping(change: (policy: Policy) => ValueList): Promise<ValueList> {
    const list = await edit((policy) => {
      const changed = change(policy);
      const items = changed.valueListItems as readonly string[];
      return { policy: { ...policy, lists: { ...policy.lists, [changed.alias]: items } }, answer: changed };
    });
    lists.keep(list);
    return list;
  }

  return [
    {
      method: "GET",
      path: listsPath,
      handle: async () => Object.entries(read().lists ?? {}).map(([alias, items]) => lists.view(alias, items)),
    },
    {
      method: "POST",
      path: listsPath,
      handle: ({ body }) =>
        keeping((policy) => {
          const list = lists.create(body);
          if (memberOf(policy.lists ?? {}, list.alias) !== undefined) {
            throw invalid("There is a list of this alias already.");
          }
          return list;
        }),
    },
    {
      method: "GET",
      path: listPath,
      handle: async (routed) => lists.view(aliasOf(routed), itemsIn(read(), aliasOf(routed))),
    },
    {
      method: "PATCH",
      path: listPath,
      handle: (routed) =>
        keeping((policy) => {
          const alias = aliasOf(routed);
          return lists.change(lists.view(alias, itemsIn(policy, alias)), routed.body);
        }),
    },
    {
      method: "DELETE",
      path: listPath,
      handle: (routed) =>
        edit((policy) => {
          itemsIn(policy, aliasOf(routed));
          const others = Object.entries(policy.lists ?? {}).filter(([alias]) => alias !== aliasOf(routed));
          return { policy: { ...policy, lists: Object.fromEntries(others) }, answer: { success: true } };
        }),
    },
  ];
}

/** @throws EngineError `not_found` */
function itemsIn({ lists = {} }: Policy, alias: string): Items {
  const items = memberOf(lists, alias);
  if (items === undefined) throw new EngineError("not_found", "There is no such list.");
  return items as Items;
}
