declare const later: {
  ipaddr(): typeof import("ipaddr.js", { with: { "resolution-mode": "require" } });
  yaml(): typeof import("yaml", { with: { "resolution-mode": "require" } });
};
export = later;
