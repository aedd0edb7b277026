/** Preloaded, it lets a program find IPVS on a host that has none. */
const fs = require("node:fs").promises;
const { syncBuiltinESMExports } = require("node:module");

const { access } = fs;
fs.access = (path, ...more) => (path === "/proc/net/ip_vs" ? Promise.resolve() : access(path, ...more));
syncBuiltinESMExports();
