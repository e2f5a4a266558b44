import { shareOfKills } from "@require-action-test/support/full";
import { describeCrashes } from "./crashes.ts";

describeCrashes({ kills: shareOfKills(100), endedConnections: shareOfKills(100) });
