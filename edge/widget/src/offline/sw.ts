/** The service worker: keeps the page's own files, so that it opens while the node is away. Data is none of its business:
the catalogue is kept by the page's worker, requests by the page. */

/** Filled in by the build: a name that changes with any file, and the files. */
declare const __KEPT__: { name: string; files: string[] };

interface ExtendableEvent extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  request: Request;
  respondWith(response: Promise<Response>): void;
}

interface ServiceWorkerScope {
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: "fetch", listener: (event: FetchEvent) => void): void;
}

const scope = globalThis as unknown as ServiceWorkerScope;
/** The page, and the frame for pages that are not ours. */
const PAGES = new Set(["/", "/frame"]);
const PREFIX = "prilavok-page-";
/** A node that is slower than this to give its page is not waited for. */
const PATIENCE_MS = 3_000;

scope.addEventListener("install", (event) => {
  const keep = async (): Promise<void> => {
    const cache = await caches.open(__KEPT__.name);
    await cache.addAll(__KEPT__.files.map((file) => new Request(file, { cache: PAGES.has(file) ? "no-cache" : "default" })));
    await scope.skipWaiting();
  };
  event.waitUntil(keep());
});

scope.addEventListener("activate", (event) => {
  const tidy = async (): Promise<void> => {
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== __KEPT__.name);
    await Promise.all(old.map((name) => caches.delete(name)));
    await scope.clients.claim();
  };
  event.waitUntil(tidy());
});

scope.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) event.respondWith(assetOf(event.request));
  else if (PAGES.has(url.pathname) && event.request.mode === "navigate") event.respondWith(pageOf(event.request, url.pathname));
});

/** Assets never change under their name: what is kept is right. */
async function assetOf(request: Request): Promise<Response> {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

/** The node's page while it is there, else the kept one, whatever the query. The frame is kept as it last came: with it
come the pages that it may be on. */
async function pageOf(request: Request, path: string): Promise<Response> {
  try {
    const response = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok && path === "/frame") await (await caches.open(__KEPT__.name)).put(path, response.clone());
    if (response.ok) return response;
  } catch {
    // The node is away.
  }
  return (await caches.match(path, { ignoreVary: true })) ?? Response.error();
}
