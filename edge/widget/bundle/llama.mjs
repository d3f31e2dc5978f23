// llama.cpp's WebAssembly as wllama packs it, as files of ours: wllama keeps the code of its workers in strings and starts
// them from made-up addresses, which a strict policy forbids. Everything comes from the package; nothing is changed in it but
// where its parts are found.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const PACKAGE = "node_modules/@wllama/wllama/src";

/** The package's strings of code. */
async function generated(root) {
  const entryPoints = [join(root, PACKAGE, "workers-code/generated.ts")];
  const { outputFiles } = await build({ entryPoints, write: false, format: "esm", logLevel: "warning" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** `place` writes an asset under its hash; gives the names of the worker, its threads' script and the WebAssembly. */
export async function llama(root, place) {
  const { LLAMA_CPP_WORKER_CODE, WLLAMA_EMSCRIPTEN_CODE } = await generated(root);
  if (!WLLAMA_EMSCRIPTEN_CODE.startsWith("var Module")) throw new Error("wllama's code is not as it was");
  const thread = await place("llama-thread.js", Buffer.from(WLLAMA_EMSCRIPTEN_CODE));
  const own = [
    // What it is told comes as its name (a service worker's reply loses what follows an address); no graphics card is asked for.
    "const RUN_OPTIONS=JSON.parse(self.name)",
    'try{Object.defineProperty(WorkerNavigator.prototype,"gpu",{get:()=>({requestAdapter:async()=>null})})}catch{}',
    // Its threads are our file, too.
    `const threadAddress=new URL(${JSON.stringify(`./${thread}`)},self.location.href).href`,
    'const policy=self.trustedTypes?.createPolicy("prilavok",{createScriptURL:(url)=>url})',
    "const NativeWorker=self.Worker",
    "self.Worker=class extends NativeWorker{constructor(_,options){super(policy?policy.createScriptURL(threadAddress):threadAddress,options)}}",
    `function wModuleInit(){${WLLAMA_EMSCRIPTEN_CODE.replace("var Module", "var ___Module")};return Module}`,
    LLAMA_CPP_WORKER_CODE,
  ].join(";\n");
  const worker = await place("llama.js", Buffer.from(own));
  const wasm = await place("llama.wasm", await readFile(join(root, PACKAGE, "wasm/wllama.wasm")));
  return { worker, thread, wasm };
}
