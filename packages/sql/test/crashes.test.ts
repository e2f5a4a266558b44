import { describeCrashes } from "./crashes.ts";

// crashes.full.test.ts breaks more.
describeCrashes({ kills: 6, endedConnections: 15 });
