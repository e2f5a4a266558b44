import { describeAdapterConformance } from "@require-action/conformance/adapter";
import express5 from "express";
import express4 from "express4";
import { expressHarness } from "./harness.ts";

describeAdapterConformance({ name: "Express 5", open: () => expressHarness(express5) });
describeAdapterConformance({ name: "Express 4", open: () => expressHarness(express4 as unknown as typeof express5) });
