import { claimCase } from "./claim.js";
import { holdDecisions } from "./hold.js";
import { listenForKeys } from "./keys.js";

holdDecisions();
listenForKeys();
claimCase();
