// Bundles one of the scripts that hold the page against the node, and runs it: `node bundle/parity.mjs parity|phrasing PARTS FILE`.
import { spawnSync } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [script, ...given] = process.argv.slice(2);
const outfile = join(root, "node_modules", `.parity-${process.pid}.mjs`);
await build({
  entryPoints: [join(root, "test", `${script}.ts`)],
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node22",
  logLevel: "warning",
  external: ["@sqlite.org/sqlite-wasm"],
});
const files = given.map((file) => resolve(file));
const { status } = spawnSync(process.execPath, [outfile, ...files], { stdio: "inherit" });
await import("node:fs/promises").then(({ rm }) => rm(outfile));
process.exit(status ?? 1);
