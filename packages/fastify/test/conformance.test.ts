import { describeAdapterConformance } from "@require-action/conformance/adapter";
import fastify from "fastify";
import { fastifyHarness } from "./harness.ts";

describeAdapterConformance({ name: "Fastify 5", open: () => fastifyHarness(fastify) });
