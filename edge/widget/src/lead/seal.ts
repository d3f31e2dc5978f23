/** Seals a request in the page to the tenant's key: HPKE base mode (RFC 9180), DHKEM(X25519, HKDF-SHA256),
HKDF-SHA256, AES-256-GCM. The node gets what it cannot read. Needs Web Crypto, so a secure context. */

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import type { LeadTerms, SealedLead } from "../wire.ts";

export const INFO = "prilavok lead 1";

/** What a visitor leaves; fields not given are absent. */
export interface Contact {
  name?: string;
  phone?: string;
  email?: string;
  message?: string;
  question?: string;
  /** The conversation's, by which the request is found when it is to be handed out or erased. */
  code?: string;
  language: string;
  /** ISO 8601. */
  made_at: string;
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** With the browser's own X25519, or, where it is too old to have it, one in plain JavaScript. */
export async function suite(native = nativeX25519()): Promise<CipherSuite> {
  const kem = (await native) ? new DhkemX25519HkdfSha256() : new (await import("@hpke/dhkem-x25519")).DhkemX25519HkdfSha256();
  return new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
}

async function nativeX25519(): Promise<boolean> {
  return crypto.subtle.generateKey({ name: "X25519" }, false, ["deriveBits"]).then(() => true, () => false);
}

/** Binds the ciphertext to what stands beside it in clear. */
export function additionalData(id: string, provider: string, version: string): Uint8Array<ArrayBuffer> {
  return bytes([id, provider, version].join("\n"));
}

/** Throws where the browser has no X25519 or the terms have no key. */
export async function seal(id: string, provider: string, contact: Contact, terms: LeadTerms): Promise<SealedLead> {
  if (!terms.key || !terms.key_id) throw new TypeError("no key to seal to");
  const hpke = await suite();
  const recipientPublicKey = await hpke.kem.deserializePublicKey(unbase64(terms.key).buffer);
  const sender = await hpke.createSenderContext({ recipientPublicKey, info: bytes(INFO) });
  const sealed = await sender.seal(bytes(JSON.stringify(contact)), additionalData(id, provider, terms.version));
  return {
    id,
    provider,
    consent: { version: terms.version, language: terms.language },
    envelope: { key_id: terms.key_id, enc: base64(sender.enc), sealed: base64(sealed) },
  };
}

export function base64(buffer: ArrayBuffer): string {
  return btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""));
}

export function unbase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
}
