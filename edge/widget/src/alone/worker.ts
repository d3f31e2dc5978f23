/** The worker that answers alone: keeps the catalogue's file open in SQLite's WebAssembly, and follows the node's changes. */

import init from "@sqlite.org/sqlite-wasm";
import type { Database } from "./catalog.ts";
import { Engine } from "./engine.ts";
import { follow, type Kept, load } from "./parts.ts";
import type { Phrasing } from "./phrasing.ts";
import type { Numbered, Reply, Request, State } from "./protocol.ts";
import type { MarketData, Rules } from "./rules.ts";

declare const __SQLITE_WASM__: string;

let origin = "";
let kept: Kept | null = null;
let engine: Engine | null = null;
let opened: { close(): void } | null = null;

/** What is used of the library, whose own types say nothing of loading a file from elsewhere. */
interface Sqlite {
  oo1: { DB: new (name: string) => SqliteDatabase };
  wasm: { allocFromTypedArray(bytes: Uint8Array): number };
  capi: { sqlite3_deserialize(db: unknown, schema: string, at: number, size: number, room: number, flags: number): number; SQLITE_DESERIALIZE_FREEONCLOSE: number };
}

interface SqliteDatabase {
  pointer: unknown;
  checkRc(code: number): void;
  exec(options: { sql: string; bind?: readonly (string | number)[]; rowMode: "array"; returnValue: "resultRows" }): unknown[][];
  close(): void;
}

let library: Promise<Sqlite> | null = null;

function sqlite(): Promise<Sqlite> {
  const options = { locateFile: () => new URL(__SQLITE_WASM__, import.meta.url).href, print: () => undefined, printErr: () => undefined };
  // The file is held in memory: none of the library's file systems is wanted, least of all those that start workers.
  const none = { kvvfs: true, opfs: true, "opfs-vfs": true, "opfs-sahpool": true, "opfs-wl": true };
  (globalThis as { sqlite3ApiConfig?: object }).sqlite3ApiConfig = { disable: { vfs: none } };
  library ??= (init as unknown as (options: object) => Promise<Sqlite>)(options);
  return library;
}

/** Opens the file in memory; the one before is closed when the new one stands. */
async function wake(data: Kept): Promise<void> {
  const { oo1, wasm, capi } = await sqlite();
  const database = new oo1.DB(":memory:");
  const bytes = new Uint8Array(data.parts.index);
  const at = wasm.allocFromTypedArray(bytes);
  database.checkRc(capi.sqlite3_deserialize(database.pointer, "main", at, bytes.length, bytes.length, capi.SQLITE_DESERIALIZE_FREEONCLOSE));
  const rows: Database["rows"] = (sql, bind = []) => database.exec({ sql, ...(bind.length && { bind }), rowMode: "array", returnValue: "resultRows" });
  const read = <T>(part: ArrayBuffer): T => JSON.parse(new TextDecoder().decode(part)) as T;
  const next = new Engine({ rows }, read<Rules>(data.parts.rules), read<MarketData>(data.parts.market), new Uint8Array(data.parts.language), data.head);
  opened?.close();
  [engine, opened, kept] = [next, database, data];
}

const state = (change: State["change"] = null): Reply => ({ state: { ready: engine !== null, version: kept?.head.catalog_version ?? null, change } });

async function serve(request: Request): Promise<Reply> {
  if (request.kind === "start") {
    origin = request.origin;
    const found = await load();
    if (found) await wake(found);
    return state();
  }
  if (request.kind === "follow") {
    const followed = await follow(origin, kept);
    if (followed) await wake(followed.kept);
    return state(followed?.change ?? null);
  }
  if (request.kind === "forget") {
    engine?.forget();
    return state();
  }
  if (!engine) throw new Error("there is no catalogue yet");
  if (request.kind === "market") return { market: engine.market(request.language) };
  if (request.kind === "accept" || request.kind === "said") return phrased(request);
  const { grounding, text, phrasing } = engine.answer(request);
  pending = phrasing;
  return { grounding, text, prompt: phrasing?.prompt ?? null };
}

/** The last answer that a model may phrase. */
let pending: Phrasing | null = null;

function phrased(request: Extract<Request, { kind: "accept" | "said" }>): Reply {
  if (!pending) throw new Error("nothing is being phrased");
  if (request.kind === "said") {
    pending.said(request.text);
    return state();
  }
  const { text, refused } = pending.accept(request.at, request.written);
  return { said: text, refused };
}

// One after the other: an answer never meets a catalogue that is being changed.
let last: Promise<unknown> = Promise.resolve();

addEventListener("message", ({ data }: MessageEvent<Numbered<Request>>) => {
  const { id } = data;
  last = last.then(() => serve(data)).then(
    (reply) => postMessage({ id, reply }),
    (error: unknown) => postMessage({ id, error: String(error) }),
  );
});
