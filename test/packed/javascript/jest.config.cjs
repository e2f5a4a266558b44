module.exports = {
  testRegex: "jest\\.spec\\.cjs$",
  transform: { "\\.[cm]?js$": "@swc/jest" },
  transformIgnorePatterns: ["/node_modules/(?!(?:\\.pnpm/)?(?:@require-action|jose)[+@/])"],
};
