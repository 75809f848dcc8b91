import { expect, it, vi } from "vitest";
import { OneWindow } from "./oneWindow";

/** One browser's locks, as the Web Locks specification has them for exclusive locks. */
function browserLocks() {
  let holder: ((reason: Error) => void) | null = null;
  return {
    async request(_: string, options: { steal?: boolean }, callback: (lock: object | null) => unknown) {
      if (holder && !options.steal) return callback(null);
      holder?.(new Error("AbortError"));
      const stolen = new Promise((_, reject) => {
        holder = reject;
      });
      return Promise.race([callback({}), stolen]);
    },
  } as unknown as LockManager;
}

it("lets one window read, and the other take over knowingly", async () => {
  const locks = browserLocks();
  const lost = vi.fn();
  const first = new OneWindow("study", lost, locks);
  const second = new OneWindow("study", vi.fn(), locks);
  expect(await first.enter()).toBe(true);
  expect(await second.enter()).toBe(false);
  expect(lost).not.toHaveBeenCalled();
  expect(await second.enter(true)).toBe(true);
  await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce());
  expect(await first.enter()).toBe(false);
});

it("lets every window read where the browser has no locks", async () => {
  expect(await new OneWindow("study", vi.fn(), undefined).enter()).toBe(true);
});
