export { type ChallengePageOptions, type MessagingTemplates } from "./challenge-page-options.ts";
export { createPageRoutes } from "./create-page-routes.ts";
export { settingsUrl } from "./settings-url.ts";
