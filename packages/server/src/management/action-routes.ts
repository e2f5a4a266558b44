import { EngineError, type Policy } from "@require-action/engine";
import { invalid, requiredText } from "../http/request-fields.ts";
import type { Route } from "../http/router.ts";
import type { PolicyEditor } from "./editable-policy.ts";
import { changeAction, memberOf, type Members, viewAction } from "./resources.ts";

const actionsPath = "/management/action-configurations";
export const actionPath: string = `${actionsPath}/:actionCode`;

/** Action configurations, each with its default outcome and methods. */
export function actionRoutes({ read, edit }: PolicyEditor, tenantId: string): readonly Route[] {
  const codeOf = (params: ReadonlyMap<string, string>): string => params.get("actionCode") ?? "";
  return [
    {
      method: "GET",
      path: actionsPath,
      handle: async () =>
        Object.entries(read().actions).map(([code, action]) => viewAction(tenantId, code, { ...action })),
    },
    {
      method: "POST",
      path: actionsPath,
      handle: async ({ body }) =>
        edit((policy) => {
          const code = requiredText(body, "actionCode");
          if (Object.hasOwn(policy.actions, code)) throw invalid("There is an action of this code already.");
          return replaced(policy, code, changeAction({}, body));
        }),
    },
    {
      method: "GET",
      path: actionPath,
      handle: async ({ params }) => viewAction(tenantId, codeOf(params), actionIn(read(), codeOf(params))),
    },
    {
      method: "PATCH",
      path: actionPath,
      handle: async ({ params, body }) =>
        edit((policy) => replaced(policy, codeOf(params), changeAction(actionIn(policy, codeOf(params)), body))),
    },
    {
      method: "DELETE",
      path: actionPath,
      handle: async ({ params }) =>
        edit((policy) => {
          actionIn(policy, codeOf(params));
          const others = Object.entries(policy.actions).filter(([code]) => code !== codeOf(params));
          return { policy: { ...policy, actions: Object.fromEntries(others) }, answer: { success: true } };
        }),
    },
  ];

  function replaced(policy: Policy, code: string, action: Members): ReturnType<typeof withAction> {
    return withAction(policy, code, action, viewAction(tenantId, code, action));
  }
}

/** The policy with another action in place of the one before, and the answer. What an action is, the policy's compiler says. */
export function withAction(
  policy: Policy,
  code: string,
  action: Members,
  answer: object,
): { readonly policy: Policy; readonly answer: object } {
  const actions = { ...policy.actions, [code]: action as unknown as Policy["actions"][string] };
  return { policy: { ...policy, actions }, answer };
}

/** @throws EngineError `not_found` */
export function actionIn(policy: Policy, code: string): Members {
  const action = memberOf(policy.actions, code);
  if (action === undefined) throw new EngineError("not_found", "There is no such action.");
  return action as Members;
}
