/**
 * The offline journal: input of the opened case that the server has not confirmed, sealed on this machine.
 *
 * It outlives a reload, a crash, signing out and a server that is away. Only the same reader, signed in again,
 * gets the key to read it. Images, AI output and texts about the patient never come here.
 */

import { type Signal, signal } from "@preact/signals";
import type { JournalKey } from "../../contract/reader";
import type { Entry } from "../../core/journal";
import { importKey, type Seal, seal, unseal } from "./seal";
import type { Shelf } from "./shelf";

export class Journal {
  /** Why this machine keeps nothing, as a sentence; empty while it does. */
  readonly problem: Signal<string> = signal("");

  private seals: readonly Seal[] = [];
  private shelf: Shelf | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly latest = new Map<string, Entry | null>();

  /** Gets ready to keep and to find entries. Never throws: reading goes on without a journal, and says so. */
  async open(askKeys: () => Promise<JournalKey[]>, openShelf: () => Promise<Shelf>): Promise<void> {
    if (!globalThis.isSecureContext) {
      this.problem.value = "This page came without TLS: input is not kept on this machine.";
      return;
    }
    try {
      this.seals = await Promise.all((await askKeys()).map(importKey));
      this.shelf = await openShelf();
      this.problem.value = "";
    } catch {
      this.problem.value = "This browser keeps no input on this machine, as in a private window.";
    }
  }

  /** Keeps the latest input of a read in place of what was kept of it before. */
  keep(entry: Entry): Promise<void> {
    return this.later(entry.read, entry);
  }

  /** Forgets a read: the server has all of it. */
  drop(read: string): Promise<void> {
    return this.later(read, null);
  }

  /** What this reader left on this machine in one study. Entries of others are not even looked into. */
  async entries(enrolment: string): Promise<Entry[]> {
    await this.queue;
    const sealed = (await this.shelf?.all().catch(() => [])) ?? [];
    const opened = await Promise.all(sealed.map((one) => unseal<Entry>(this.seals, one)));
    return opened.filter((entry): entry is Entry => entry?.enrolment === enrolment);
  }

  /** One after the other; of several changes that wait, only the last is made. */
  private later(read: string, entry: Entry | null): Promise<void> {
    this.latest.set(read, entry);
    const done = this.queue.then(() => this.write(read));
    this.queue = done;
    return done;
  }

  private async write(read: string): Promise<void> {
    const entry = this.latest.get(read);
    const [mine] = this.seals;
    if (entry === undefined || !this.shelf || !mine) return;
    this.latest.delete(read);
    try {
      if (entry === null) await this.shelf.remove(read);
      else await this.shelf.put(await seal(mine, read, entry));
    } catch {
      this.problem.value = "This machine's disk took no more input: it is only on this screen.";
    }
  }
}
