import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { additionalData, base64, INFO, seal, suite, unbase64 } from "../src/lead/seal.ts";
import type { LeadTerms } from "../src/wire.ts";

interface Vector {
  info: string;
  ikmR: string;
  ikmE: string;
  pkRm: string;
  enc: string;
  encryptions: { aad: string; ct: string; pt: string }[];
}

// RFC 9180's published vectors for mode 0 with KEM 0x0020, KDF 0x0001, AEAD 0x0002.
const vector = JSON.parse(await readFile(join(process.cwd(), "test/hpke-vector.json"), "utf8")) as Vector;
const hex = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const unhex = (data: ArrayBuffer): string => Buffer.from(data).toString("hex");

for (const native of [true, false]) test(`the RFC's vector is sealed to the byte, ${native ? "by the browser's X25519" : "without it"}`, async () => {
  const hpke = await suite(Promise.resolve(native));
  const recipient = await hpke.kem.deriveKeyPair(hex(vector.ikmR).buffer);
  const ekm = await hpke.kem.deriveKeyPair(hex(vector.ikmE).buffer);
  assert.equal(unhex(await hpke.kem.serializePublicKey(recipient.publicKey)), vector.pkRm);
  const sender = await hpke.createSenderContext({ recipientPublicKey: recipient.publicKey, info: hex(vector.info), ekm });
  assert.equal(unhex(sender.enc), vector.enc);
  for (const { pt, aad, ct } of vector.encryptions) assert.equal(unhex(await sender.seal(hex(pt), hex(aad))), ct);
});

test("the RFC's vector is opened", async () => {
  const hpke = await suite();
  const recipientKey = (await hpke.kem.deriveKeyPair(hex(vector.ikmR).buffer)).privateKey;
  const opener = await hpke.createRecipientContext({ recipientKey, enc: hex(vector.enc), info: hex(vector.info) });
  for (const { pt, aad, ct } of vector.encryptions) assert.equal(unhex(await opener.open(hex(ct), hex(aad))), pt);
});

const person = { phone: "+49 30 1", message: "ein Zaun, <b>grün</b>", language: "de", made_at: "2026-11-27T04:00:00Z" };

async function sealed(id: string): Promise<{ lead: Awaited<ReturnType<typeof seal>>; open: (aad: Uint8Array<ArrayBuffer>) => Promise<string> }> {
  const hpke = await suite();
  const pair = await hpke.kem.generateKeyPair();
  const key = base64(await hpke.kem.serializePublicKey(pair.publicKey));
  const terms: LeadTerms = { taking: true, key, key_id: "0123456789abcdef", version: "3", language: "de", consent: "ja" };
  const lead = await seal(id, "p/1", person, terms);
  const open = async (aad: Uint8Array<ArrayBuffer>): Promise<string> => {
    const enc = unbase64(lead.envelope.enc).buffer;
    const opener = await hpke.createRecipientContext({ recipientKey: pair.privateKey, enc, info: new TextEncoder().encode(INFO) });
    return new TextDecoder().decode(await opener.open(unbase64(lead.envelope.sealed), aad));
  };
  return { lead, open };
}

test("a request is opened by the tenant's key, with what was beside it, and holds what was written", async () => {
  const { lead, open } = await sealed("a".repeat(32));
  assert.deepEqual(JSON.parse(await open(additionalData(lead.id, "p/1", "3"))), person);
  assert.equal(JSON.stringify(lead).includes("+49"), false);
  assert.deepEqual(lead.consent, { version: "3", language: "de" });
});

test("a request cannot be given to another provider, nor under another consent", async () => {
  const { lead, open } = await sealed("b".repeat(32));
  await assert.rejects(open(additionalData(lead.id, "p/2", "3")));
  await assert.rejects(open(additionalData(lead.id, "p/1", "4")));
});

test("nothing is sealed where there is no key", async () => {
  const terms: LeadTerms = { taking: false, key: null, key_id: null, version: "1", language: "en", consent: "" };
  await assert.rejects(seal("c".repeat(32), "", person, terms), TypeError);
});
