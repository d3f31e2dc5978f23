// Bundles test/parity.ts and runs it: `node bundle/parity.mjs PARTS GOLDEN`.
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const outfile = join(root, "node_modules", `.parity-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, "test/parity.ts")],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  logLevel: "warning",
  external: ["@sqlite.org/sqlite-wasm"],
});
const files = process.argv.slice(2).map((file) => resolve(file));
const { status } = spawnSync(process.execPath, [outfile, ...files], { stdio: "inherit" });
await import("node:fs/promises").then(({ rm }) => rm(outfile));
process.exit(status ?? 1);
