/** What an earlier sitting left in the journal: input for the case now open, and for cases that are not. */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../../contract/client";
import type { Read } from "../../contract/reader";
import { inputOf, sameInput } from "../../core/answers";
import { type Entry, lastOf } from "../../core/journal";
import { keepBeside } from "../draft";
import type { Journal } from "./journal";

export class Leftovers {
  /** A sentence for each input that came too late to count. */
  readonly late: Signal<readonly string[]> = signal([]);

  constructor(
    private readonly client: Client,
    private readonly journal: Journal,
    private readonly enrolment: string,
  ) {}

  /** What lies here, looked up while the server takes in the read `handedIn`, whose own input does not count. */
  async besides(handedIn: string | undefined): Promise<Entry[]> {
    const entries = await this.journal.entries(this.enrolment);
    return entries.filter(({ read }) => read !== handedIn);
  }

  /** Input for this read that the server does not have. Whatever belongs to other reads is handed over. */
  async takeUp(read: Read | null, entries = this.journal.entries(this.enrolment)): Promise<Entry | null> {
    let own: Entry | null = null;
    for (const entry of await entries) {
      if (entry.read !== read?.id) void this.handOver(entry);
      else if (sameInput(lastOf(entry), inputOf(read))) void this.journal.drop(entry.read);
      else own = entry;
    }
    return own;
  }

  /** The server keeps it beside its read, where it changes nothing; until then it stays on this machine. */
  private async handOver(entry: Entry): Promise<void> {
    const outcome = await keepBeside(this.client, entry.draftUrl, entry);
    const isSettled = outcome.kind !== "unreachable" && (outcome.kind !== "refused" || outcome.over);
    if (!isSettled) return;
    await this.journal.drop(entry.read);
    if (outcome.kind === "saved" || (outcome.kind === "refused" && !outcome.kept)) return;
    const at = new Date(entry.enteredAt).toLocaleString();
    this.late.value = [
      ...this.late.value,
      `Input for an earlier case, entered on this machine on ${at}, came too late to count. It is kept, and the coordinator sees that it came.`,
    ];
  }
}
