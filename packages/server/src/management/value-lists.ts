import { type Body, invalid, optionalFlag, optionalText } from "../http/request-fields.ts";

/** A value list on the wire. */
export interface ValueList {
  readonly alias: string;
  readonly name: string;
  readonly itemType: string;
  readonly isActive: boolean;
  readonly valueListItems: readonly unknown[];
}

/**
 * Reads and shows value lists. A policy has the items of a list by its alias: what else is said of it is kept while the process
 * runs, and then it is called by its alias.
 */
export interface ValueLists {
  view(alias: string, items: readonly unknown[]): ValueList;
  /** Reads a new list. @throws EngineError `request_invalid` */
  create(body: Body): ValueList;
  /** Reads a change of a list. @throws EngineError `request_invalid` */
  change(before: ValueList, body: Body): ValueList;
  /** To be called once the policy has it. */
  keep(list: ValueList): void;
}

const members: ReadonlySet<string> = new Set(["name", "alias", "itemType", "valueListItems", "isActive", "tenantId"]);

export function createValueLists(): ValueLists {
  const kept = new Map<string, ValueList>();

  function change(before: ValueList, body: Body): ValueList {
    for (const [name, value] of Object.entries(body)) {
      if (value !== null && !members.has(name)) throw invalid(`${name} is not supported.`);
    }
    return {
      alias: before.alias,
      name: optionalText(body, "name") ?? before.name,
      itemType: optionalText(body, "itemType") ?? before.itemType,
      isActive: optionalFlag(body, "isActive") ?? before.isActive,
      valueListItems: itemsOf(body, before.valueListItems),
    };
  }

  return {
    view(alias, valueListItems) {
      const itemType = typeof valueListItems[0] === "number" ? "number" : "string";
      return { ...(kept.get(alias) ?? { alias, name: alias, itemType, isActive: true }), valueListItems };
    },
    create(body) {
      const list = change({ alias: "", name: "", itemType: "string", isActive: true, valueListItems: [] }, body);
      const alias = optionalText(body, "alias") ?? aliasOf(list.name);
      if (alias === "") throw invalid("name is missing, or has neither a letter nor a digit.");
      return { ...list, alias };
    },
    change,
    keep: (list) => void kept.set(list.alias, list),
  };
}

/** Null empties the list, as Terraform has it. */
function itemsOf({ valueListItems }: Body, before: readonly unknown[]): readonly unknown[] {
  if (valueListItems === undefined) return before;
  if (valueListItems === null) return [];
  if (Array.isArray(valueListItems)) return valueListItems;
  throw invalid("valueListItems must be a list.");
}

/** As Authsignal makes aliases: lower case, with a hyphen for what is neither a letter nor a digit. */
function aliasOf(name: string): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.join("-").slice(0, 64);
}
