import { bank } from "../../lib/bank.js";

export const POST = (request) => bank().withdraw(request);
