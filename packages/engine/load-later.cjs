"use strict";

/**
 * Packages that most applications never use, loaded by the first who asks: `yaml`, of some seventy files, reads a policy given as
 * YAML, and `ipaddr.js` reads networks. CommonJS, as nothing else loads a package both when it is asked for and within the tick,
 * and has the bundlers of applications follow.
 */
module.exports = { ipaddr: () => require("ipaddr.js"), yaml: () => require("yaml") };
