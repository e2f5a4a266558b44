import { test } from "vitest";
import { withdrawsOnce } from "./withdraws-once.js";

test("withdraws once the challenge is completed", withdrawsOnce);
