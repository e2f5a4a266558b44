import { bank } from "../../lib/bank.js";

export const dynamic = "force-dynamic";
export const GET = (request) => bank().balance(request);
