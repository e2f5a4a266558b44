import { describeCrashes } from "./crashes.ts";

describeCrashes({ kills: 100, endedConnections: 100 });
