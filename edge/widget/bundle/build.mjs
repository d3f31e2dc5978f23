// Builds dist/: the page, the widget, fonts and icons, every asset with its hash in its name, and manifest.json
// that tells the node what to serve. Nothing is fetched.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
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

const COMMON = {
  absWorkingDir: root,
  outdir: assets,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

async function place(name, bytes) {
  const file = name.replace(/(\.\w+)$/, `-${hash(bytes)}$1`);
  await writeFile(join(assets, file), bytes);
  return file;
}

/** Bundles the scripts; what both entries share, and each language's words, become chunks of their own. */
async function scripts(define) {
  const result = await build({
    ...COMMON,
    entryPoints: { widget: "src/main.ts", page: "page/page.ts" },
    splitting: true,
    metafile: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
    loader: { ".css": "text" },
    plugins: [smallCss],
    define,
  });
  const outputs = Object.entries(result.metafile.outputs).map(([path, output]) => [basename(path), output]);
  const entry = (source) => outputs.find(([, output]) => output.entryPoint === source)[0];
  const needs = (name) => [
    name,
    ...Object.fromEntries(outputs)[name].imports.filter((one) => one.kind === "import-statement").map((one) => basename(one.path)),
  ];
  return { widget: entry("src/main.ts"), page: entry("page/page.ts"), shell: needs(entry("page/page.ts")) };
}

/** Bundles the page's style; the fonts it names land beside it. */
async function style() {
  const entryPoints = { page: "page/page.entry.css" };
  await build({ ...COMMON, entryPoints, entryNames: "[name]-[hash]", assetNames: "[name]-[hash]", loader: { ".woff2": "file" } });
  return (await readdir(assets)).find((file) => file.endsWith(".css"));
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
  const { widget, page, shell } = await scripts(define);
  const css = await style();
  const mark = await place("mark.svg", await readFile(join(root, "page/mark.svg")));
  const loader = `import(new URL("assets/${widget}",document.currentScript.src));\n`;
  await writeFile(join(fresh, "widget.js"), loader);
  await writeFile(join(fresh, "index.html"), await html({ script: page, style: css, mark }, shell));
  const entries = { widget, page, style: css, icons, mark, shell };
  await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(await manifest(entries), null, 2)}\n`);
  await rm(join(root, "dist"), { recursive: true, force: true });
  await rename(fresh, join(root, "dist"));
}

async function html(names, shell) {
  const preloads = shell.filter((file) => file !== names.script).map((file) => `<link rel="modulepreload" href="/assets/${file}" />`);
  const template = (await readFile(join(root, "page/index.html"), "utf8")).replace("<!-- preloads -->", preloads.join("\n    "));
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
