import { adapterConformance } from "@require-action/testing/conformance";
import express5 from "express";
import express4 from "express4";
import { expressHarness } from "./harness.ts";

adapterConformance(expressHarness("Express 5", express5));
adapterConformance(expressHarness("Express 4", express4 as unknown as typeof express5));
