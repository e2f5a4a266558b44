declare function loadYaml(): typeof import("yaml", { with: { "resolution-mode": "require" } });
export = loadYaml;
