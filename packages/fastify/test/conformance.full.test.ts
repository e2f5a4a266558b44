import { describeAdapterConformance } from "@require-action/conformance/adapter";
import fastify from "fastify";
import fastify50 from "fastify5.0";
import { fastifyHarness } from "./harness.ts";
import { allowWarnings } from "../../../test/support/src/warnings.ts";

// Cases are about a forwarding header and about a handler that does not claim.
allowWarnings("RA_PROXY_NOT_TRUSTED", "RA_APPROVAL_UNCLAIMED");

describeAdapterConformance({ name: "Fastify 5", open: () => fastifyHarness(fastify) });
describeAdapterConformance({ name: "Fastify 5.0", open: () => fastifyHarness(fastify50) });
