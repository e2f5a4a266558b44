import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { nestHarness } from "./harness.ts";
import { expressPlatform } from "./platforms.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Nest 11 on Express", open: () => nestHarness(expressPlatform) });
