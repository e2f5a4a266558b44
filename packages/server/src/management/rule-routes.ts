import { randomUUID } from "node:crypto";
import { EngineError } from "@require-action/engine";
import type { Route, RoutedRequest } from "../http/router.ts";
import { actionIn, actionPath, withAction } from "./action-routes.ts";
import type { PolicyChange, PolicyEditor } from "./editable-policy.ts";
import { changeRule, type Members, viewRule } from "./resources.ts";

const rulesPath = `${actionPath}/rules`;
const rulePath = `${rulesPath}/:ruleId`;

/** Rules of actions. A new one gets an id of its own. */
export function ruleRoutes({ read, edit }: PolicyEditor, tenantId: string): readonly Route[] {
  const nameOf = ({ params }: RoutedRequest, name: "actionCode" | "ruleId"): string => params.get(name) ?? "";
  const viewed = (routed: RoutedRequest, rule: Members): Members =>
    viewRule(tenantId, nameOf(routed, "actionCode"), rule);

  /** Changes the rules of an action to those that `change` makes of them, and answers what it answers. */
  const editRules = (
    routed: RoutedRequest,
    change: (rules: readonly Members[]) => { readonly rules: readonly Members[]; readonly answer: object },
  ): Promise<object> =>
    edit((policy): PolicyChange => {
      const code = nameOf(routed, "actionCode");
      const action = actionIn(policy, code);
      const { rules, answer } = change(rulesOf(action));
      return withAction(policy, code, { ...action, rules }, answer);
    });

  return [
    {
      method: "GET",
      path: rulesPath,
      handle: async (routed) =>
        rulesOf(actionIn(read(), nameOf(routed, "actionCode"))).map((rule) => viewed(routed, rule)),
    },
    {
      method: "POST",
      path: rulesPath,
      handle: (routed) =>
        editRules(routed, (rules) => {
          const rule = changeRule({ ruleId: randomUUID() }, routed.body);
          return { rules: [...rules, rule], answer: viewed(routed, rule) };
        }),
    },
    {
      method: "GET",
      path: rulePath,
      handle: async (routed) => {
        const rules = rulesOf(actionIn(read(), nameOf(routed, "actionCode")));
        return viewed(routed, ruleIn(rules, nameOf(routed, "ruleId")));
      },
    },
    {
      method: "PATCH",
      path: rulePath,
      handle: (routed) =>
        editRules(routed, (rules) => {
          const before = ruleIn(rules, nameOf(routed, "ruleId"));
          const rule = changeRule(before, routed.body);
          return { rules: rules.map((one) => (one === before ? rule : one)), answer: viewed(routed, rule) };
        }),
    },
    {
      method: "DELETE",
      path: rulePath,
      handle: (routed) =>
        editRules(routed, (rules) => {
          const gone = ruleIn(rules, nameOf(routed, "ruleId"));
          return { rules: rules.filter((one) => one !== gone), answer: { success: true } };
        }),
    },
  ];
}

function rulesOf({ rules }: Members): readonly Members[] {
  return (rules ?? []) as readonly Members[];
}

/** @throws EngineError `not_found` */
function ruleIn(rules: readonly Members[], ruleId: string): Members {
  const rule = rules.find((one) => one["ruleId"] === ruleId);
  if (rule === undefined) throw new EngineError("not_found", "The action has no such rule.");
  return rule;
}
