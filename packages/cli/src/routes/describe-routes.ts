import type { GuardDescription } from "@require-action/core/adapter";
import { printable } from "../lib/printable.ts";
import type { ListedRoute } from "./listed-route.ts";

const HEADER = ["method", "path", "action", "binding", "unavailable", "not enrolled", "methods", "notes"];

/** The routes as a table, a row for each guard of each. */
export function describeRoutes(routes: readonly ListedRoute[]): string {
  const rows = routes.flatMap(({ method, path, guards }) =>
    guards.length === 0 ? [[method, path, "-"]] : guards.map((guard) => [method, path, ...cellsOf(guard)]),
  );
  const table = [HEADER, ...rows].map((row) => row.map(printable));
  const widths = HEADER.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function cellsOf(guard: GuardDescription): readonly string[] {
  const { action, binding, onUnavailable, onNotEnrolled, verificationMethods } = guard;
  const notes = [
    ...(guard.observe ? ["only observes"] : []),
    ...(guard.isConditional ? ["only when"] : []),
    ...(guard.hasSession ? ["session"] : []),
    ...(guard.claim === "handler" ? ["handler claims"] : []),
  ];
  return [action, binding, onUnavailable, onNotEnrolled, verificationMethods?.join(" ") ?? "any", notes.join(", ")];
}
