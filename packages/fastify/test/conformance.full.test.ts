import { describeAdapterConformance } from "@require-action/conformance/adapter";
import fastify50 from "fastify5.0";
import { fastifyHarness } from "./harness.ts";

describeAdapterConformance({ name: "Fastify 5.0", open: () => fastifyHarness(fastify50) });
