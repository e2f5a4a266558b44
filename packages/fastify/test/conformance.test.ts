import { adapterConformance } from "@require-action/testing/conformance";
import fastify5 from "fastify";
import fastify50 from "fastify5.0";
import { fastifyHarness } from "./harness.ts";

adapterConformance(fastifyHarness("Fastify 5", fastify5));
adapterConformance(fastifyHarness("Fastify 5.0", fastify50));
