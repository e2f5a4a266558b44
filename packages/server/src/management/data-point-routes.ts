import { EngineError, type Policy } from "@require-action/engine";
import type { Route, RoutedRequest } from "../http/router.ts";
import type { PolicyChange, PolicyEditor } from "./editable-policy.ts";
import { changeDataPoint, type Members, viewDataPoint } from "./resources.ts";

const dataPointsPath = "/management/custom-data-points";
const dataPointPath = `${dataPointsPath}/:id`;

/** Custom data points, by their names. A new one is optional, as Authsignal demands none. */
export function dataPointRoutes({ read, edit }: PolicyEditor): readonly Route[] {
  const idOf = ({ params }: RoutedRequest): string => params.get("id") ?? "";

  /** Puts `after` in place of one, or takes it away where there is none. */
  const replaced = (policy: Policy, before: Members, after: readonly Members[], answer: object): PolicyChange =>
    withDataPoints(
      policy,
      dataPointsOf(policy).flatMap((one) => (one === before ? after : [one])),
      answer,
    );

  return [
    { method: "GET", path: dataPointsPath, handle: async () => dataPointsOf(read()).map(viewDataPoint) },
    {
      method: "POST",
      path: dataPointsPath,
      handle: ({ body }) =>
        edit((policy) => {
          const dataPoint = changeDataPoint({ optional: true }, body);
          return withDataPoints(policy, [...dataPointsOf(policy), dataPoint], viewDataPoint(dataPoint));
        }),
    },
    {
      method: "GET",
      path: dataPointPath,
      handle: async (routed) => viewDataPoint(dataPointIn(read(), idOf(routed))),
    },
    {
      method: "PATCH",
      path: dataPointPath,
      handle: (routed) =>
        edit((policy) => {
          const before = dataPointIn(policy, idOf(routed));
          const after = changeDataPoint(before, routed.body);
          return replaced(policy, before, [after], viewDataPoint(after));
        }),
    },
    {
      method: "DELETE",
      path: dataPointPath,
      handle: (routed) => edit((policy) => replaced(policy, dataPointIn(policy, idOf(routed)), [], { success: true })),
    },
  ];
}

function dataPointsOf({ dataPoints = [] }: Policy): readonly Members[] {
  return dataPoints as unknown as readonly Members[];
}

function withDataPoints(policy: Policy, dataPoints: readonly Members[], answer: object): PolicyChange {
  return { policy: { ...policy, dataPoints: dataPoints as unknown as NonNullable<Policy["dataPoints"]> }, answer };
}

/** @throws EngineError `not_found` */
function dataPointIn(policy: Policy, name: string): Members {
  const dataPoint = dataPointsOf(policy).find((one) => one["name"] === name);
  if (dataPoint === undefined) throw new EngineError("not_found", "There is no such data point.");
  return dataPoint;
}
