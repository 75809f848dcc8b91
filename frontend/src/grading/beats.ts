/** Tells the server how long a case is really looked at, and learns from it when the case is read elsewhere. */

import { type Client, RefusedError } from "../contract/client";
import type { Display, Read } from "../contract/reader";
import { Attention } from "../core/attention";

export const BEAT_MS = 15_000;

export interface BeatPorts {
  client: Client;
  now(): number;
  display(): Display;
  /** Another tab or device has the case now. */
  lost(): void;
}

export class Beats {
  readonly attention = new Attention();

  private read: Read | null = null;
  private underWay = false;

  constructor(private readonly ports: BeatPorts) {}

  /** From now on time counts for this read. */
  begin(read: Read): void {
    if (this.read?.id !== read.id) this.attention.restart(this.ports.now());
    this.read = read;
  }

  end(): void {
    this.read = null;
  }

  /** Sends what has been counted; what the server did not take is sent with the next. */
  async beat(leaving = false): Promise<void> {
    const { read } = this;
    if (!read?.beat_url || this.underWay) return;
    this.underWay = true;
    const active_ms = this.attention.pending(this.ports.now());
    const body = { lease: read.lease, active_ms, leaving, ...this.ports.display() };
    try {
      await this.ports.client.send("POST", read.beat_url, body, { keepalive: leaving });
      if (this.read?.id === read.id) this.attention.taken(active_ms);
    } catch (error) {
      const isLost = error instanceof RefusedError && error.body.code === "lease";
      if (isLost && this.read?.lease === read.lease) this.ports.lost();
    } finally {
      this.underWay = false;
    }
  }

  /** Active ms that go with a submission. */
  get pending(): number {
    return this.attention.pending(this.ports.now());
  }
}
