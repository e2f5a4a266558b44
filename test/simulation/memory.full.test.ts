import { exploreThousands } from "./explore-parts.ts";

// 100,000 schedules in all, over the three backends.
exploreThousands("memory", 60);
