/** What a reader writes beside the grades: a comment on the case, or a report to the coordinator. */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { Read, ReportKind, ReportRequest, Reports } from "../contract/reader";
import { randomUuid } from "../core/identity";

export type Written = "comment" | "report";

/** A report that is being written; it stays while its case is open. */
export interface ReportDraft {
  kind: ReportKind;
  text: string;
  idempotencyKey: string;
}

export class Pen {
  /** What is being written, if anything. */
  readonly writing: Signal<Written | null> = signal(null);
  readonly draft: Signal<ReportDraft> = signal(emptyDraft());

  constructor(
    private readonly client: Client,
    private readonly read: Signal<Read | null>,
  ) {}

  /** Whether a report was begun that has not been sent. */
  get isUnsent(): boolean {
    return this.draft.value.text.trim() !== "";
  }

  /** Another case: nothing is written of it yet. */
  turnPage(): void {
    this.writing.value = null;
    this.draft.value = emptyDraft();
  }

  /** What can be written of this case. */
  get writable(): ReadonlySet<Written> {
    const { comment = null, reports_url = null } = this.read.value ?? {};
    return new Set([
      ...(comment === null ? [] : ["comment" as const]),
      ...(reports_url ? ["report" as const] : []),
    ]);
  }

  /** Opens the comment or the report, or closes it. */
  write(what: Written): void {
    if (!this.writable.has(what)) return;
    this.writing.value = this.writing.value === what ? null : what;
  }

  /** What has been reported from this case, and what can be. */
  reports(): Promise<Reports> {
    return this.client.send<Reports>("GET", this.read.value?.reports_url ?? "");
  }

  /** Tells the coordinator; the answer is why that did not work, or empty. */
  async report(): Promise<string> {
    const { kind, text, idempotencyKey } = this.draft.value;
    const report: ReportRequest = { kind, text, idempotency_key: idempotencyKey };
    try {
      await this.client.send("POST", this.read.value?.reports_url ?? "", report);
      this.draft.value = emptyDraft();
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "This was not sent. Try again.";
    }
  }
}

function emptyDraft(): ReportDraft {
  return { kind: "incidental-finding", text: "", idempotencyKey: randomUuid() };
}
