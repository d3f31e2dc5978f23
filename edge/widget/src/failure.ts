/** Why a question got no (whole) answer, told apart by what the visitor can do about it. */

export type FailureKind = "offline" | "starting" | "busy" | "too-long" | "broken" | "refused" | "error";

export class Failure extends Error {
  readonly kind: FailureKind;
  /** Seconds after which trying again makes sense; 0 where not known. */
  readonly wait_s: number;

  constructor(kind: FailureKind, wait_s = 0) {
    super(kind);
    this.kind = kind;
    this.wait_s = wait_s;
  }
}

/** Reads the status and the `code` of an OpenAI error object or a problem document. */
export function failureOf(status: number, code: string, retryAfter: string | null): Failure {
  const wait_s = Math.max(0, Math.min(600, Number(retryAfter) || 0));
  if (status === 413 || /too_long|too_large/.test(code)) return new Failure("too-long");
  if (status === 429 || /busy|^limit\./.test(code)) return new Failure("busy", wait_s);
  if (status === 503 || /starting|stopping/.test(code)) return new Failure("starting", wait_s);
  if (status === 502 || status === 504) return new Failure("offline");
  if (status >= 400 && status < 500) return new Failure("refused");
  return new Failure("error");
}
