import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { allowWarnings } from "../../../test/support/src/warnings.ts";
import { elysiaHarness, h3Harness, h3v1Harness, h3v1WebHarness } from "./frameworks.ts";
import { platformHarness } from "./harness.ts";
import {
  lambdaHarness,
  platforms,
  unknowable,
  unknowableToElysia,
  unknowableToFunctions,
  unknowableToRestApis,
  unknowableToH3,
  unknowableToH3OnTheWeb,
} from "./platforms.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

const { "Request → Response": _inTheShortRun, ...others } = platforms;
for (const [name, platform] of Object.entries(others)) {
  describeAdapterConformance({ name, skip: unknowable, open: () => platformHarness(platform) });
}
describeAdapterConformance({
  name: "Lambda behind an HTTP API",
  skip: unknowableToFunctions,
  open: () => lambdaHarness("2.0"),
});
describeAdapterConformance({
  name: "Lambda behind a REST API",
  skip: unknowableToRestApis,
  open: () => lambdaHarness("1.0"),
});
describeAdapterConformance({ name: "h3 1", skip: unknowableToH3, open: h3v1Harness });
describeAdapterConformance({ name: "h3 1 on the web", skip: unknowableToH3OnTheWeb, open: h3v1WebHarness });
describeAdapterConformance({ name: "h3 2", skip: unknowableToH3, open: h3Harness });
describeAdapterConformance({ name: "Elysia", skip: unknowableToElysia, open: elysiaHarness });
