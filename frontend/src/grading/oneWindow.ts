/** One window of a browser reads a study; the others say so. Between devices the read's lease decides. */

type Locks = Pick<LockManager, "request">;

export class OneWindow {
  private readonly name: string;

  /** `lost` is called when another window takes over. Without locks (no TLS) every window may read. */
  constructor(
    enrolment: string,
    private readonly lost: () => void,
    private readonly locks: Locks | undefined = globalThis.navigator?.locks,
  ) {
    this.name = `reading ${enrolment}`;
  }

  /** Whether this window may read now. `takeOver` ends another window's reading. */
  enter(takeOver = false): Promise<boolean> {
    const { locks } = this;
    if (!locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const options = takeOver ? { steal: true } : { ifAvailable: true };
      let isOurs = false;
      locks
        .request(this.name, options, (lock) => {
          isOurs = lock !== null;
          resolve(isOurs);
          return isOurs ? new Promise(() => undefined) : undefined;
        })
        .catch(() => {
          if (isOurs) this.lost();
          else resolve(true);
        });
    });
  }
}
