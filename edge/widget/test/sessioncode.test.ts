import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sessionCode } from "../src/sessioncode.ts";

test("a session's code is the beginning of its digest, in letters that are not mistaken for one another", async () => {
  for (const session of ["0".repeat(32), "f".repeat(32), "0123456789abcdef0123456789abcdef"]) {
    const bits = BigInt(`0x${createHash("sha256").update(session).digest("hex").slice(0, 10)}`);
    const wanted = [...bits.toString(32).padStart(8, "0")].map((digit) => "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[parseInt(digit, 32)]).join("");
    assert.equal(await sessionCode(session), `${wanted.slice(0, 4)}-${wanted.slice(4)}`);
  }
});
