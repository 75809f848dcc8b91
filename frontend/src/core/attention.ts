/** How long a case is really looked at: the time in which the page is visible and its reader not idle. */

/** Nothing touched for so long is idle, ms: longer than a look at two series without the wheel. */
export const IDLE_AFTER_MS = 60_000;

export class Attention {
  private counted = 0;
  private since: number | null = null;
  private touched = 0;

  /** The page is seen from now on, at `now` ms of a clock that only goes forward. */
  show(now: number): void {
    this.hide(now);
    this.since = now;
    this.touched = now;
  }

  hide(now: number): void {
    this.settle(now);
    this.since = null;
  }

  /** The reader moved, pressed or turned something. */
  touch(now: number): void {
    if (this.since === null) return;
    this.settle(now);
    this.touched = now;
  }

  /** Active ms since the last call that was taken: `taken` says how many of them the server has. */
  pending(now: number): number {
    this.settle(now);
    return Math.round(this.counted);
  }

  taken(milliseconds: number): void {
    this.counted = Math.max(0, this.counted - milliseconds);
  }

  /** Another case: what was counted belongs to the one before. */
  restart(now: number): void {
    this.settle(now);
    this.counted = 0;
  }

  private settle(now: number): void {
    if (this.since === null) return;
    const until = Math.min(now, this.touched + IDLE_AFTER_MS);
    this.counted += Math.max(0, until - this.since);
    this.since = Math.max(now, this.since);
  }
}
