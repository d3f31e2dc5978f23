// Builds dist/: the page, the widget, fonts and icons, every asset with its hash in its name, and manifest.json
// that tells the node what to serve. Nothing is fetched.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { sprite } from "./sprite.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = join(root, "dist.new");
const assets = join(fresh, "assets");

const TYPES = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

async function place(name, bytes) {
  const file = name.replace(/(\.\w+)$/, `-${hash(bytes)}$1`);
  await writeFile(join(assets, file), bytes);
  return file;
}

/** Bundles one entry; returns its bytes. Fonts that a style names land beside it under hashed names. */
async function bundle(entry, define = {}) {
  const result = await build({
    entryPoints: [join(root, entry)],
    absWorkingDir: root,
    outdir: assets,
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    assetNames: "[name]-[hash]",
    loader: { ".woff2": "file", ...(entry.endsWith(".ts") && { ".css": "text" }) },
    plugins: entry.endsWith(".ts") ? [smallCss] : [],
    define,
    logLevel: "warning",
  });
  let main;
  for (const file of result.outputFiles) {
    if (file.path.endsWith(".woff2")) await writeFile(file.path, file.contents);
    else main = file.contents;
  }
  return Buffer.from(main);
}

/** Styles that travel inside the script are minified too. */
const smallCss = {
  name: "small-css",
  setup(builder) {
    builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const result = await build({ entryPoints: [path], minify: true, write: false, target: "es2022", logLevel: "warning" });
      return { contents: result.outputFiles[0].text.trim(), loader: "text" };
    });
  },
};

async function main() {
  await rm(fresh, { recursive: true, force: true });
  await mkdir(assets, { recursive: true });
  const icons = await place("icons.svg", await sprite(root));
  const define = { __ICONS__: JSON.stringify(`./${icons}`) };
  const widget = await place("widget.js", await bundle("src/main.ts", define));
  const page = await place("page.js", await bundle("page/page.ts", define));
  const style = await place("page.css", await bundle("page/page.entry.css"));
  const mark = await place("mark.svg", await readFile(join(root, "page/mark.svg")));
  const loader = `import(new URL("assets/${widget}",document.currentScript.src));\n`;
  await writeFile(join(fresh, "widget.js"), loader);
  await writeFile(join(fresh, "index.html"), await html({ script: page, style, mark }));
  await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(await manifest({ widget, page, style, icons, mark }), null, 2)}\n`);
  await rm(join(root, "dist"), { recursive: true, force: true });
  await rename(fresh, join(root, "dist"));
}

async function html(names) {
  const template = await readFile(join(root, "page/index.html"), "utf8");
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => `/assets/${names[name]}`);
}

async function manifest(entries) {
  const files = {};
  for (const file of (await readdir(assets)).sort()) {
    const bytes = await readFile(join(assets, file));
    files[file] = {
      type: TYPES[extname(file)],
      bytes: bytes.length,
      gzip_bytes: gzipSync(bytes, { level: 9 }).length,
      integrity: `sha256-${createHash("sha256").update(bytes).digest("base64")}`,
    };
  }
  return { page: "index.html", loader: "widget.js", content_security_policy: CSP, entries, assets: files };
}

await main();
