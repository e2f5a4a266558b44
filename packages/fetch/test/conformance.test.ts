import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { allowWarnings } from "../../../test/support/src/warnings.ts";
import { platformHarness } from "./harness.ts";
import { platforms, unknowable } from "./platforms.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

const name = "Request → Response";
describeAdapterConformance({ name, skip: unknowable, open: () => platformHarness(platforms[name]) });
