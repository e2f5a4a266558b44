import { errorReply } from "../http/reply.ts";
import type { Route } from "../http/router.ts";
import { actionRoutes } from "./action-routes.ts";
import { dataPointRoutes } from "./data-point-routes.ts";
import { createPolicyEditor, type EditablePolicy } from "./editable-policy.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { valueListRoutes } from "./value-list-routes.ts";

/** What Authsignal's Management API has besides, and a policy does not say. */
const elsewhere = ["tenant", "theme", "message-overrides", "authenticator-configurations"] as const;

/**
 * Authsignal's Management API, as its Terraform provider calls it: action configurations, rules, custom data points and value
 * lists, all of them parts of the policy. Without a policy that can be changed, every call is refused.
 */
export function managementRoutes(policy: EditablePolicy | undefined, tenantId: string): readonly Route[] {
  // Of no use but for their paths, where there is no policy.
  const editor = createPolicyEditor(policy ?? { read: () => ({ actions: {} }), write: async () => undefined });
  const routes = [
    ...actionRoutes(editor, tenantId),
    ...ruleRoutes(editor, tenantId),
    ...dataPointRoutes(editor),
    ...valueListRoutes(editor),
  ];
  return [
    ...(policy === undefined ? routes.map((route) => ({ ...route, handle: refused("notEditable") })) : routes),
    ...elsewhere.flatMap((name) =>
      (["GET", "PATCH"] as const).map((method): Route => ({
        method,
        path: `/management/${name}`,
        handle: refused("notInPolicy"),
      })),
    ),
  ];
}

const reasons = {
  notEditable:
    "The Management API changes a policy's file under `require-action serve --dev` alone. Edit the file, or run `require-action policy publish`.",
  notInPolicy: "A policy has action configurations, rules, custom data points and value lists.",
} as const;

function refused(reason: keyof typeof reasons): Route["handle"] {
  return async () => errorReply(400, "not_supported", reasons[reason]);
}
