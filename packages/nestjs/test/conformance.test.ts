import { adapterConformance } from "@require-action/testing/conformance";
import { nestHarness } from "./harness.ts";
import { expressPlatform, fastifyPlatform } from "./platforms.ts";

adapterConformance(nestHarness("Nest 11 on Express", expressPlatform));
adapterConformance(nestHarness("Nest 11 on Fastify", fastifyPlatform));
