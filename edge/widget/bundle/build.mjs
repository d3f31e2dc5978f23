// Builds dist/: the page, the frame, the widget, fonts and icons, every asset with its hash in its name, and manifest.json
// that tells the node what to serve. Nothing is fetched.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { llama } from "./llama.mjs";
import { sprite } from "./sprite.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const fresh = join(root, "dist.new");
const assets = join(fresh, "assets");
const PACKED_BYTES = 1024; // below, packing saves less than a packet

const TYPES = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
};

const CSP = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types prilavok",
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

const integrity = (bytes) => `sha256-${createHash("sha256").update(bytes).digest("base64")}`;
const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 10);

async function place(name, bytes) {
  const file = name.replace(/(\.\w+)$/, `-${hash(bytes)}$1`);
  await writeFile(join(assets, file), bytes);
  return file;
}

/** Bundles the page and the counter; what they share, and each language's words, become chunks of their own. */
async function scripts(define) {
  const result = await build({
    ...COMMON,
    entryPoints: { counter: "src/main.ts", page: "page/page.ts" },
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
  const imports = (name) =>
    Object.fromEntries(outputs)[name].imports.filter((one) => one.kind === "import-statement").map((one) => basename(one.path));
  const needs = (name, seen = new Set()) => {
    if (!seen.has(name)) for (const one of imports((seen.add(name), name))) needs(one, seen);
    return [...seen];
  };
  const words = outputs
    .map(([name, output]) => [/^src\/words\/(\w\w)\.ts$/.exec(output.entryPoint ?? "")?.[1], name])
    .filter(([language]) => language);
  const [counter, page] = [entry("src/main.ts"), entry("page/page.ts")];
  return { counter, page, frame: entry("page/frame.ts"), open: needs(counter), whole: needs(page), words: Object.fromEntries(words) };
}

/** The worker that answers alone, and SQLite's WebAssembly beside it. */
async function alone() {
  const wasm = await place("sqlite3.wasm", await readFile(join(root, "node_modules/@sqlite.org/sqlite-wasm/dist/sqlite3.wasm")));
  const result = await build({
    ...COMMON,
    entryPoints: { alone: "src/alone/worker.ts" },
    entryNames: "[name]-[hash]",
    define: { __SQLITE_WASM__: JSON.stringify(`./${wasm}`) },
    metafile: true,
  });
  return { worker: basename(Object.keys(result.metafile.outputs)[0]), wasm };
}

/** The worker that holds the model, and llama.cpp beside it: fetched only where a visitor wants them. */
async function phrase() {
  const parts = await llama(root, place);
  const result = await build({
    ...COMMON,
    entryPoints: { phrase: "src/phrase/worker.ts" },
    entryNames: "[name]-[hash]",
    define: { __LLAMA__: JSON.stringify(`./${parts.worker}`), __LLAMA_WASM__: JSON.stringify(`./${parts.wasm}`) },
    metafile: true,
  });
  return { worker: basename(Object.keys(result.metafile.outputs)[0]), ...Object.fromEntries(Object.entries(parts).map(([name, file]) => [`llama_${name}`, file])) };
}

/** `/sw.js`: knows every file of the page, by name; its own name for them changes with any of them. */
async function serviceWorker() {
  const files = ["/", "/frame", ...(await readdir(assets)).filter((file) => !/^(widget|phrase|llama)-|\.gz$/.test(file)).sort().map((file) => `/assets/${file}`)];
  const name = `prilavok-page-${hash(`${files.join()}${await readFile(join(fresh, "index.html"), "utf8")}${await readFile(join(fresh, "frame.html"), "utf8")}`)}`;
  const define = { __KEPT__: JSON.stringify({ name, files }) };
  const result = await build({ ...COMMON, entryPoints: ["src/offline/sw.ts"], format: "iife", write: false, define });
  await writeFile(join(fresh, "sw.js"), result.outputFiles[0].contents);
}

/** `/widget.js`, the shell: one classic script that knows the counter's files and their digests. */
async function shell(made) {
  const files = [...new Set([...made.open, ...Object.values(made.words)])];
  const digests = await Promise.all(files.map(async (file) => [file, integrity(await readFile(join(assets, file)))]));
  const parts = { chat: made.counter, needs: made.open, words: made.words, integrity: Object.fromEntries(digests) };
  const result = await build({
    ...COMMON,
    entryPoints: ["src/shell/shell.ts"],
    format: "iife",
    write: false,
    loader: { ".css": "text" },
    plugins: [smallCss],
    define: { __PRILAVOK_PARTS__: JSON.stringify(parts) },
  });
  await writeFile(join(fresh, "widget.js"), result.outputFiles[0].contents);
  return place("widget.js", result.outputFiles[0].contents); // the same, to be pinned by its digest
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
  const { worker, wasm } = await alone();
  const model = await phrase();
  const define = {
    __ICONS__: JSON.stringify(`./${icons}`),
    __ALONE__: JSON.stringify(`./${worker}`),
    __PHRASE__: JSON.stringify(`./${model.worker}`),
    __LLAMA_FILES__: JSON.stringify(Object.values(model).map((file) => `./${file}`)),
  };
  const made = await scripts(define);
  const css = await style();
  const mark = await place("mark.svg", await readFile(join(root, "page/mark.svg")));
  const widget = await shell(made);
  await writeFile(join(fresh, "index.html"), await html("index.html", { script: made.page, style: css, mark }, made.whole));
  await writeFile(join(fresh, "frame.html"), await html("frame.html", { script: made.page, style: css }, [...made.whole, made.frame]));
  const { counter, page, frame, open, whole, words } = made;
  await serviceWorker();
  const entries = { widget, worker, wasm, model, counter, page, frame, style: css, icons, mark, open, whole, words };
  await writeFile(join(fresh, "manifest.json"), `${JSON.stringify(await manifest(entries), null, 2)}\n`);
  await pack();
  await rm(join(root, "dist"), { recursive: true, force: true });
  await rename(fresh, join(root, "dist"));
}

/** Lays the gzip form of what is not packed by itself beside it, so that no node packs at its start. */
async function pack() {
  const names = (await readdir(fresh, { recursive: true })).filter((name) => /\.(html|js|css|svg|json|wasm)$/.test(name));
  for (const name of names) {
    const bytes = await readFile(join(fresh, name));
    if (bytes.length >= PACKED_BYTES) await writeFile(join(fresh, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

/** One of the two pages, with its files' names and digests; who may put the frame into a page is left to the node. */
async function html(file, names, whole) {
  const digest = async (file) => integrity(await readFile(join(assets, file)));
  const others = whole.filter((file) => file !== names.script);
  const preloads = await Promise.all(
    others.map(async (file) => `<link rel="modulepreload" href="/assets/${file}" integrity="${await digest(file)}" />`),
  );
  const template = (await readFile(join(root, "page", file), "utf8")).replace("<!-- preloads -->", preloads.join("\n    "));
  const digests = { script_digest: await digest(names.script), style_digest: await digest(names.style) };
  return template.replace(/\{\{(\w+)\}\}/g, (whole, name) => digests[name] ?? (name in names ? `/assets/${names[name]}` : whole));
}

async function manifest(entries) {
  const files = {};
  for (const file of (await readdir(assets)).filter((name) => !name.endsWith(".gz")).sort()) {
    const bytes = await readFile(join(assets, file));
    files[file] = {
      type: TYPES[extname(file)],
      bytes: bytes.length,
      gzip_bytes: gzipSync(bytes, { level: 9 }).length,
      integrity: integrity(bytes),
    };
  }
  return { page: "index.html", frame: "frame.html", loader: "widget.js", service_worker: "sw.js", content_security_policy: CSP, entries, assets: files };
}

await main();
