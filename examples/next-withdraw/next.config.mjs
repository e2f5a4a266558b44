import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  // Packages that are linked are found within the repository.
  turbopack: { root: fileURLToPath(new URL("../../", import.meta.url)) },
  // Loaded as they are, so that there is one guard in the process.
  serverExternalPackages: ["@require-action/core", "@require-action/fetch"],
};
