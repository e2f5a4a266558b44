import { claimCase } from "./claim.js";
import { holdDecisions } from "./hold.js";
import { listenForKeys } from "./keys.js";
import { showNews } from "./live.js";

holdDecisions();
listenForKeys();
claimCase();
showNews();
