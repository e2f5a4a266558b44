import test from "node:test";
import { withdrawsOnce } from "./withdraws-once.js";

test("withdraws once the challenge is completed", withdrawsOnce);
