import { createAdaptorServer } from "@hono/node-server";
import { describeAdapterConformance } from "@require-action/conformance/adapter";
import { Hono } from "hono";
import { honoHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Hono 4", open: () => honoHarness({ Hono, createAdaptorServer }) });
