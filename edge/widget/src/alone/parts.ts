/** Fetches the node's browser index and keeps it: whole the first time, then only the chunks that are new.

Kept in IndexedDB, all parts of one head in one transaction, so that there is never half a change. What was fetched is
believed only when its digest is the head's. */

export const PARTS = ["index", "market", "rules", "language"] as const;
export type PartName = (typeof PARTS)[number];

interface Part {
  digest: string;
  bytes: number;
  chunk_bytes: number;
  chunks: string[];
}

export interface Head {
  form: number;
  market: string;
  catalog_version: number;
  made_at: string;
  providers: number;
  parts: Record<PartName, Part>;
}

export interface Kept {
  head: Head;
  parts: Record<PartName, ArrayBuffer>;
}

export interface Change {
  /** Bytes asked for over the line, before they were packed. */
  fetched_bytes: number;
  chunks: number;
}

const FORM = 1;
const NAME = "prilavok-catalog";
const MOST_BYTES = 64 * 1024 * 1024;
const LIMIT_MS = 60_000;

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage failed"));
  });
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("kept");
  return asked(request);
}

/** What was kept last, or null. */
export async function load(): Promise<Kept | null> {
  const database = await open();
  const store = database.transaction("kept").objectStore("kept");
  const [head, ...parts] = await Promise.all(["head", ...PARTS].map((name) => asked(store.get(name))));
  database.close();
  const known = head as Head | undefined;
  if (known?.form !== FORM || parts.some((part) => !(part instanceof ArrayBuffer))) return null;
  return { head: known, parts: Object.fromEntries(PARTS.map((name, at) => [name, parts[at]])) as Kept["parts"] };
}

async function save({ head, parts }: Kept): Promise<void> {
  const database = await open();
  const transaction = database.transaction("kept", "readwrite", { durability: "strict" });
  const store = transaction.objectStore("kept");
  store.put(head, "head");
  for (const name of PARTS) store.put(parts[name], name);
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("storage is full"));
  });
  database.close();
}

/** Follows the node's head. Null where nothing is new; throws where the node or the room is not there. */
export async function follow(origin: string, kept: Kept | null): Promise<{ kept: Kept; change: Change } | null> {
  const head = (await (await get(`${origin}/browser/head`, "no-cache")).json()) as Head;
  if (head.form !== FORM) throw new RangeError(`form ${head.form} is not for this page`);
  if (PARTS.every((name) => head.parts[name].digest === kept?.head.parts[name].digest)) return null;
  if (PARTS.reduce((sum, name) => sum + head.parts[name].bytes, 0) > MOST_BYTES) throw new RangeError("too large to keep");
  const change: Change = { fetched_bytes: 0, chunks: 0 };
  const parts = {} as Kept["parts"];
  for (const name of PARTS) parts[name] = await partOf(origin, head.parts[name], kept ? { part: kept.head.parts[name], bytes: kept.parts[name] } : null, change);
  const fresh = { head, parts };
  await save(fresh);
  return { kept: fresh, change };
}

async function partOf(origin: string, part: Part, old: { part: Part; bytes: ArrayBuffer } | null, change: Change): Promise<ArrayBuffer> {
  if (old?.part.digest === part.digest) return old.bytes;
  const known = new Map(old?.part.chunk_bytes === part.chunk_bytes ? old.part.chunks.map((digest, at) => [digest, at * part.chunk_bytes]) : []);
  const missing = part.chunks.filter((digest) => !known.has(digest));
  const whole = missing.length > part.chunks.length / 2;
  const bytes = whole ? await fetched(`${origin}/browser/part/${part.digest}`, change) : await joined(origin, part, known, old?.bytes as ArrayBuffer, change);
  if ((await hex(bytes)) !== part.digest) throw new RangeError("a part is not what its digest says");
  return bytes;
}

/** The new part out of the old one's chunks and those that are fetched. */
async function joined(origin: string, part: Part, known: Map<string, number>, old: ArrayBuffer, change: Change): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(part.bytes);
  const fresh = new Map<string, Uint8Array>();
  for (const [at, digest] of part.chunks.entries()) {
    const from = known.get(digest);
    let chunk = from === undefined ? fresh.get(digest) : new Uint8Array(old.slice(from, from + part.chunk_bytes));
    if (!chunk) {
      chunk = new Uint8Array(await fetched(`${origin}/browser/chunk/${digest}`, change));
      fresh.set(digest, chunk);
    }
    bytes.set(chunk.subarray(0, part.bytes - at * part.chunk_bytes), at * part.chunk_bytes);
  }
  return bytes.buffer;
}

async function fetched(url: string, change: Change): Promise<ArrayBuffer> {
  const bytes = await (await get(url, "default")).arrayBuffer();
  change.fetched_bytes += bytes.byteLength;
  change.chunks += 1;
  return bytes;
}

async function get(url: string, cache: RequestCache): Promise<Response> {
  const response = await fetch(url, { cache, credentials: "omit", signal: AbortSignal.timeout(LIMIT_MS) });
  if (!response.ok) throw new Error(`${response.status} for ${url}`);
  return response;
}

async function hex(bytes: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
