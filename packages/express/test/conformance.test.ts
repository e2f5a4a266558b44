import { describeAdapterConformance } from "@require-action/conformance/adapter";
import express5 from "express";
import { expressHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Express 5", open: () => expressHarness(express5) });
