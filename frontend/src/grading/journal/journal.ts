/**
 * The offline journal: input of the opened case that the server has not confirmed and reports that were begun, sealed
 * on this machine.
 *
 * It outlives a reload, a crash, signing out and a server that is away. Only the same reader, signed in again,
 * gets the key to read it. Images, AI output and texts about the patient never come here.
 */

import { type Signal, signal } from "@preact/signals";
import type { JournalKey } from "../../contract/reader";
import type { BegunReport, Entry } from "../../core/journal";
import { importKey, type Seal, seal, unseal } from "./seal";
import type { Shelf } from "./shelf";

type Kept = Entry | BegunReport;

const isReport = (kept: Kept): kept is BegunReport => "reportsUrl" in kept;

/** Under which name the report of a read lies, beside the input for it. */
const reportOf = (read: string): string => `report ${read}`;

export class Journal {
  /** Why this machine keeps nothing, as a sentence; empty while it does. */
  readonly problem: Signal<string> = signal("");

  private seals: readonly Seal[] = [];
  private shelf: Shelf | null = null;
  private queue: Promise<unknown> = Promise.resolve();
  private readonly latest = new Map<string, Kept | null>();

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

  /** Keeps the report that was begun from a read. */
  keepReport(report: BegunReport): Promise<void> {
    return this.later(reportOf(report.read), report);
  }

  /** Forgets a read: the server has all of it. */
  drop(read: string): Promise<void> {
    return this.later(read, null);
  }

  /** Forgets a read's report: it is sent, or there is nothing in it. */
  dropReport(read: string): Promise<void> {
    return this.later(reportOf(read), null);
  }

  /** What this reader left on this machine in one study. Entries of others are not even looked into. */
  async entries(enrolment: string): Promise<Entry[]> {
    return (await this.all(enrolment)).filter((kept): kept is Entry => !isReport(kept));
  }

  /** The reports that this reader began on this machine in one study. */
  async reports(enrolment: string): Promise<BegunReport[]> {
    return (await this.all(enrolment)).filter(isReport);
  }

  private async all(enrolment: string): Promise<Kept[]> {
    await this.queue;
    const sealed = (await this.shelf?.all().catch(() => [])) ?? [];
    const opened = await Promise.all(sealed.map((one) => unseal<Kept>(this.seals, one)));
    return opened.filter((kept): kept is Kept => kept?.enrolment === enrolment);
  }

  /** One after the other; of several changes that wait, only the last is made. */
  private later(name: string, kept: Kept | null): Promise<void> {
    this.latest.set(name, kept);
    const done = this.queue.then(() => this.write(name));
    this.queue = done;
    return done;
  }

  private async write(name: string): Promise<void> {
    const kept = this.latest.get(name);
    const [mine] = this.seals;
    if (kept === undefined || !this.shelf || !mine) return;
    this.latest.delete(name);
    try {
      if (kept === null) await this.shelf.remove(name);
      else await this.shelf.put(await seal(mine, name, kept));
    } catch {
      this.problem.value = "This machine's disk took no more input: it is only on this screen.";
    }
  }
}
