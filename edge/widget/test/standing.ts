/** The page's engine over the parts of a browser index in a folder, in Node with the browser's WebAssembly. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import init from "@sqlite.org/sqlite-wasm";
import type { Database } from "../src/alone/catalog.ts";
import { Engine } from "../src/alone/engine.ts";
import type { MarketData, Rules } from "../src/alone/rules.ts";

export async function openEngine(parts: string): Promise<Engine> {
  const read = (name: string): Promise<Buffer> => readFile(join(parts, name));
  // The library's own types do not say what is used here.
  const sqlite = (await init()) as unknown as {
    oo1: { DB: new (name: string) => { pointer: unknown; checkRc(code: number): void; exec(options: object): unknown[][] } };
    wasm: { allocFromTypedArray(bytes: Uint8Array): number };
    capi: { sqlite3_deserialize(...values: unknown[]): number };
  };
  const database = new sqlite.oo1.DB(":memory:");
  const bytes = new Uint8Array(await read("index"));
  const at = sqlite.wasm.allocFromTypedArray(bytes);
  database.checkRc(sqlite.capi.sqlite3_deserialize(database.pointer, "main", at, bytes.length, bytes.length, 0));
  const rows: Database["rows"] = (sql, bind = []) => database.exec({ sql, ...(bind.length && { bind }), rowMode: "array", returnValue: "resultRows" });
  const parse = async <T>(name: string): Promise<T> => JSON.parse((await read(name)).toString()) as T;
  const head = { catalog_version: 1, made_at: "2026-11-27", providers: 1 };
  return new Engine({ rows }, await parse<Rules>("rules"), await parse<MarketData>("market"), new Uint8Array(await read("language")), head);
}
