/**
 * What a reader writes beside the grades: a comment on the case, or a report to the coordinator.
 *
 * A report lies in the offline journal from its first letter until it is sent or emptied.
 */

import { type Signal, signal } from "@preact/signals";
import type { Client } from "../contract/client";
import type { Read, ReportRequest, Reports } from "../contract/reader";
import { randomUuid } from "../core/identity";
import type { BegunReport } from "../core/journal";
import type { Journal } from "./journal/journal";

export type Written = "comment" | "report";

/** A report that is being written. */
export type ReportDraft = Pick<BegunReport, "kind" | "text" | "idempotencyKey">;

export class Pen {
  /** What is being written, if anything. */
  readonly writing: Signal<Written | null> = signal(null);
  readonly draft: Signal<ReportDraft> = signal(emptyDraft());
  /** Reports that were begun on this machine in cases that are not open now. */
  readonly left: Signal<readonly BegunReport[]> = signal([]);

  constructor(
    private readonly client: Client,
    private readonly read: Signal<Read | null>,
    private readonly journal: Journal,
    private readonly enrolment: string,
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

  /** Writes at the report. Other words are another report: only the same ones sent again are answered as the first. */
  put(some: Partial<Pick<ReportDraft, "kind" | "text">>): void {
    const draft = { ...this.draft.value, ...some, idempotencyKey: randomUuid() };
    this.draft.value = draft;
    const { id = "", reports_url } = this.read.value ?? {};
    if (!reports_url) return;
    const at = { enrolment: this.enrolment, read: id, reportsUrl: reports_url };
    if (this.isUnsent) void this.journal.keepReport({ ...draft, ...at, enteredAt: new Date().toISOString() });
    else void this.journal.dropReport(id);
  }

  /** Looks for reports begun on this machine; whether one of this read is back. */
  async takeUp(read: string | undefined): Promise<boolean> {
    const begun = await this.journal.reports(this.enrolment);
    if (this.read.value?.id !== read) return false;
    this.left.value = begun.filter((report) => report.read !== read);
    const own = begun.find((report) => report.read === read);
    if (!own || this.isUnsent) return false;
    const { kind, text, idempotencyKey } = own;
    this.draft.value = { kind, text, idempotencyKey };
    return true;
  }

  /** What has been reported from this case, and what can be. */
  reports(): Promise<Reports> {
    return this.client.send<Reports>("GET", this.read.value?.reports_url ?? "");
  }

  /** Tells the coordinator; the answer is why that did not work, or empty. */
  async report(): Promise<string> {
    const { id = "", reports_url } = this.read.value ?? {};
    const draft = this.draft.value;
    const problem = await this.send(reports_url ?? "", draft);
    if (problem || this.draft.value !== draft) return problem;
    this.draft.value = emptyDraft();
    void this.journal.dropReport(id);
    return "";
  }

  /** Tells the coordinator what was begun in another case; the answer is why that did not work, or empty. */
  async sendLeft(report: BegunReport): Promise<string> {
    const problem = await this.send(report.reportsUrl, report);
    if (!problem) this.dropLeft(report);
    return problem;
  }

  /** Throws away what was begun in another case. */
  dropLeft({ read }: BegunReport): void {
    this.left.value = this.left.value.filter((other) => other.read !== read);
    void this.journal.dropReport(read);
  }

  private async send(url: string, { kind, text, idempotencyKey }: ReportDraft): Promise<string> {
    const report: ReportRequest = { kind, text, idempotency_key: idempotencyKey };
    try {
      await this.client.send("POST", url, report);
      return "";
    } catch (error) {
      return error instanceof Error ? error.message : "This was not sent. Try again.";
    }
  }
}

function emptyDraft(): ReportDraft {
  return { kind: "incidental-finding", text: "", idempotencyKey: randomUuid() };
}
