// Holds the built files against their budget and prints what each weighs. Run after the build.
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const BUDGET = { shell_gzip_bytes: 15 * 1024, counter_gzip_bytes: 30 * 1024, icons_gzip_bytes: 180 * 1024, font_bytes: 110 * 1024, alone_gzip_bytes: 600 * 1024, phrase_gzip_bytes: 2.6 * 1024 * 1024 };

const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const { assets, entries } = JSON.parse(await readFile(join(dist, "manifest.json"), "utf8"));
const fonts = Object.entries(assets).filter(([name]) => name.endsWith(".woff2"));
const gzip = (name) => assets[name].gzip_bytes;
const words = Object.values(entries.words);
const weight = {
  // What a page that only offers the counter loads.
  shell_gzip_bytes: gzip(entries.widget),
  // What a visitor's browser must have before the counter can be used, in its heaviest language.
  counter_gzip_bytes: [...entries.whole, entries.style].reduce((sum, name) => sum + gzip(name), 0) + Math.max(...words.map(gzip)),
  // What answers without the node, beside the node's data: the worker and SQLite's WebAssembly.
  alone_gzip_bytes: gzip(entries.worker) + gzip(entries.wasm),
  // What runs the model, fetched with it where a visitor wants that.
  phrase_gzip_bytes: Object.values(entries.model).reduce((sum, name) => sum + gzip(name), 0),
  icons_gzip_bytes: assets[entries.icons].gzip_bytes,
  font_bytes: fonts.reduce((sum, [, font]) => sum + font.bytes, 0),
};
let over = false;
for (const [name, bytes] of Object.entries(weight)) {
  over ||= bytes > BUDGET[name];
  console.log(`${name} ${bytes} of ${BUDGET[name]}${bytes > BUDGET[name] ? "  over budget" : ""}`);
}
console.log(JSON.stringify(weight));
process.exit(over ? 1 : 0);
