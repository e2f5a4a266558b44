"use strict";

/**
 * Loads `yaml`, a package of some seventy files that only a policy given as YAML needs. CommonJS, as nothing else loads a package
 * both when it is asked for and within the tick, and has the bundlers of applications follow.
 */
module.exports = () => require("yaml");
