/** The short code by which a visitor can name a conversation, to have it handed out or erased; see NODE.md. */

import type { NodeClient } from "./node.ts";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS = 8;

/** The first 40 bits of the session's SHA-256 as "XXXX-XXXX"; null where the page has no secure context to hash in. */
export async function sessionCode(session: string): Promise<string | null> {
  if (!globalThis.crypto?.subtle) return null;
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(session)));
  let bits = 0n;
  for (const byte of hash.subarray(0, 5)) bits = (bits << 8n) | BigInt(byte);
  const code = Array.from({ length: DIGITS }, (_, at) => CROCKFORD[Number((bits >> BigInt(5 * (DIGITS - 1 - at))) & 31n)]).join("");
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** As the node says it, for an operator may know the conversation by another; else this page's own. */
export async function codeOf(session: string, node: NodeClient): Promise<string | null> {
  const said = await node.call<{ code?: string }>("/api/session", JSON.stringify({ session })).catch(() => null);
  return said?.code ?? sessionCode(session);
}
