/** The model's file in the browser's private file system: fetched in pieces, each held to its digest, gone on with where it was
interrupted. Runs in a worker. */

import type { ModelHead } from "./protocol.ts";

/** Of the worker's library, which is not loaded beside the page's. */
interface SyncFile {
  getSize(): number;
  write(bytes: Uint8Array, options: { at: number }): number;
  flush(): void;
  close(): void;
}

const FOLDER = "prilavok-model";

async function folder(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle(FOLDER, { create: true });
}

const nameOf = ({ digest }: ModelHead): string => `${digest}.gguf`;

/** How much of it is here; whole pieces. */
export async function keptBytes(head: ModelHead): Promise<number> {
  const file = await found(head);
  return file ? Math.min(head.bytes, file.size) : 0;
}

/** The whole file, each piece checked; null where it is not whole or not right. */
export async function whole(head: ModelHead): Promise<File | null> {
  const file = await found(head);
  if (file?.size !== head.bytes) return null;
  for (const [at, digest] of head.chunks.entries()) {
    const piece = await file.slice(at * head.chunk_bytes, (at + 1) * head.chunk_bytes).arrayBuffer();
    if ((await digestOf(piece)) !== digest) {
      await forget();
      return null;
    }
  }
  return file;
}

/** Fetches what is missing; `told` hears how much is here. Throws where the node is away or sends what does not fit. */
export async function fetchAll(head: ModelHead, origin: string, signal: AbortSignal, told: (bytes: number) => void): Promise<void> {
  const home = await folder();
  for await (const name of home.keys()) if (name !== nameOf(head)) await home.removeEntry(name);
  const handle = await home.getFileHandle(nameOf(head), { create: true });
  const file = await (handle as unknown as { createSyncAccessHandle(): Promise<SyncFile> }).createSyncAccessHandle();
  try {
    let at = Math.floor(Math.min(file.getSize(), head.bytes) / head.chunk_bytes);
    for (; at < head.chunks.length; at++) {
      const piece = await fetchPiece(head, at, origin, signal);
      file.write(new Uint8Array(piece), { at: at * head.chunk_bytes });
      file.flush();
      told(at * head.chunk_bytes + piece.byteLength);
    }
  } finally {
    file.close();
  }
}

export async function forget(): Promise<void> {
  const root = await navigator.storage.getDirectory();
  await root.removeEntry(FOLDER, { recursive: true }).catch(() => undefined);
}

async function found(head: ModelHead): Promise<File | null> {
  const handle = await (await folder()).getFileHandle(nameOf(head)).catch(() => null);
  return handle ? handle.getFile() : null;
}

async function fetchPiece(head: ModelHead, at: number, origin: string, signal: AbortSignal): Promise<ArrayBuffer> {
  const start = at * head.chunk_bytes;
  const end = Math.min(head.bytes, start + head.chunk_bytes);
  const response = await fetch(`${origin}/browser/model/${head.digest}`, {
    headers: { range: `bytes=${start}-${end - 1}` },
    credentials: "omit",
    cache: "no-store", // it is kept in a file of its own
    signal,
  });
  const piece = response.status === 206 ? await response.arrayBuffer() : new ArrayBuffer(0);
  if (piece.byteLength !== end - start || (await digestOf(piece)) !== head.chunks[at]) throw new Error("the piece is not the model's");
  return piece;
}

/** The first 32 digits of the SHA-256. */
async function digestOf(piece: ArrayBuffer): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
  return Array.from(hash.subarray(0, 16), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
