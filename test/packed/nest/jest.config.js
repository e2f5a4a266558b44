module.exports = {
  // As `nest new` sets it up.
  moduleFileExtensions: ["js", "json", "ts"],
  testRegex: ".*\\.spec\\.ts$",
  transform: { "^.+\\.(t|j)s$": "ts-jest" },
  testEnvironment: "node",
  // Transforms these packages too, wherever npm or pnpm installs them.
  transformIgnorePatterns: ["/node_modules/(?!(?:\\.pnpm/)?(?:@require-action|jose)[+@/])"],
};
