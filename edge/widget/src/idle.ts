/** Notices that nobody is at a shared screen any more: warns, counts down, then says so. Any sign of life starts it
over; once it has warned, only `touch` does, so that a hand on its way to "erase" does not take the question away. */

export interface IdleListener {
  /** Whole seconds left before the end. */
  warn(left_s: number): void;
  calm(): void;
  end(): void;
}

const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "input"] as const;

export class Idle {
  private last = 0;
  private warned = false;
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly limit_s: number;
  private readonly warning_s: number;
  private readonly listener: IdleListener;
  private readonly sign = (): void => {
    if (!this.warned) this.touch();
  };

  /** Ends after `limit_s` of silence; the last `warning_s` of them are counted aloud. */
  constructor(limit_s: number, warning_s: number, listener: IdleListener) {
    this.limit_s = limit_s;
    this.warning_s = Math.min(warning_s, limit_s);
    this.listener = listener;
  }

  start(target: EventTarget): void {
    this.last = performance.now();
    for (const sign of SIGNS) target.addEventListener(sign, this.sign, { passive: true });
    this.timer = setInterval(() => this.look(performance.now()), 250);
  }

  stop(target: EventTarget): void {
    clearInterval(this.timer);
    for (const sign of SIGNS) target.removeEventListener(sign, this.sign);
  }

  touch(): void {
    this.last = performance.now();
    if (!this.warned) return;
    this.warned = false;
    this.listener.calm();
  }

  private look(now: number): void {
    const left_s = this.limit_s - (now - this.last) / 1000;
    if (left_s <= 0) {
      this.touch();
      this.listener.end();
    } else if (left_s <= this.warning_s) {
      this.warned = true;
      this.listener.warn(Math.ceil(left_s));
    }
  }
}
