/** What this browser keeps for the node in IndexedDB: posts that wait for it, and the terms of requests.

Requests lie here only sealed. A post is dropped when the node took or refused it; a repeated one is harmless. */

const NAME = "prilavok";
const VERSION = 1;
/** More waiting posts than this are not taken; the oldest rating gives way first. */
const MOST_POSTS = 100;

export interface Post {
  id: string;
  path: "/api/lead" | "/api/feedback";
  /** JSON. */
  body: string;
  made_at: string;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("storage failed"));
  });
}

export class Shelf {
  private opened: Promise<IDBDatabase> | null = null;

  /** Throws where there is no room; the caller then says that nothing was kept. */
  async put(post: Post): Promise<void> {
    const store = (await this.open()).transaction("post", "readwrite", { durability: "strict" }).objectStore("post");
    const all = (await asked(store.getAll())) as Post[];
    if (all.length >= MOST_POSTS) {
      const rating = all.find((one) => one.path === "/api/feedback");
      if (!rating) throw new RangeError("too many posts wait");
      await asked(store.delete(rating.id));
    }
    store.put(post);
    await finished(store.transaction);
  }

  async posts(): Promise<Post[]> {
    const store = (await this.open()).transaction("post").objectStore("post");
    const all = (await asked(store.getAll())) as Post[];
    return all.sort((a, b) => (a.made_at < b.made_at ? -1 : 1));
  }

  async drop(id: string): Promise<void> {
    const store = (await this.open()).transaction("post", "readwrite").objectStore("post");
    store.delete(id);
    await finished(store.transaction);
  }

  async remember(key: string, value: unknown): Promise<void> {
    const store = (await this.open()).transaction("note", "readwrite").objectStore("note");
    store.put(value, key);
    await finished(store.transaction);
  }

  async recall<T>(key: string): Promise<T | null> {
    const store = (await this.open()).transaction("note").objectStore("note");
    return ((await asked(store.get(key))) as T | undefined) ?? null;
  }

  private open(): Promise<IDBDatabase> {
    this.opened ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(NAME, VERSION);
      request.onupgradeneeded = () => {
        request.result.createObjectStore("post", { keyPath: "id" });
        request.result.createObjectStore("note");
      };
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => {
        this.opened = null;
        reject(request.error ?? new Error("storage is closed"));
      };
    });
    return this.opened;
  }
}

function finished(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("storage failed"));
  });
}
