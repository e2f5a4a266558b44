"use server";

import { bank } from "../../lib/bank.js";

/** Transfers money, once it is approved: `token` is the approval, and everything else is what the caller sends. */
export async function transfer(token, input) {
  return bank().transfer(token, input);
}
