import { adapterCases, describeAdapterConformance } from "@require-action/conformance/adapter";
import { describeLedgerConformance, ledgerCases } from "@require-action/conformance/ledger";
import { describeProviderConformance, providerCases } from "@require-action/conformance/provider";
import { describeStoreConformance, storeCases } from "@require-action/conformance/store";
import { describe, expect, it } from "vitest";

const never = () => Promise.reject(new Error("nothing is opened"));

const suites = [
  { port: "adapter", cases: adapterCases, declare: describeAdapterConformance },
  { port: "ledger", cases: ledgerCases, declare: describeLedgerConformance },
  { port: "provider", cases: providerCases, declare: describeProviderConformance },
  { port: "store", cases: storeCases, declare: describeStoreConformance },
];

// Would fail if a case ran.
describeLedgerConformance({
  name: "nothing",
  open: never,
  skip: Object.fromEntries(
    ledgerCases.map(({ title }) => [
      title,
      "this ledger stands for none, to show that a skip is reported with its reason",
    ]),
  ),
});

describe.each(suites)("the $port conformance suite", ({ cases, declare }) => {
  it("has a title for each case", () => {
    const titles = cases.map(({ title }) => title);
    expect(titles).toEqual([...new Set(titles)]);
  });

  it("refuses to skip a case that it does not have", () => {
    expect(() => declare({ name: "x", open: never, skip: { "does everything": "never" } })).toThrow(
      'has no case "does everything" to skip',
    );
  });

  it.each(["", " ", undefined as unknown as string])("refuses to skip a case for the reason %o", (reason) => {
    expect(() => declare({ name: "x", open: never, skip: { [cases[0]!.title]: reason } })).toThrow(
      "is skipped without a reason",
    );
  });
});
