/** Where sealed entries lie on this machine: one per read, in IndexedDB. */

import type { Sealed } from "./seal";

export interface Shelf {
  put(sealed: Sealed): Promise<void>;
  remove(read: string): Promise<void>;
  all(): Promise<Sealed[]>;
}

const STORE = "entries";

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open("reading-journal", 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "read" });
  return settled(request);
}

/** Resolves when the change has reached the disk. */
function changed(database: IDBDatabase, change: (store: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, "readwrite", { durability: "strict" });
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    change(transaction.objectStore(STORE));
  });
}

/** Throws where the browser keeps nothing, as some private windows do. */
export async function openShelf(): Promise<Shelf> {
  const database = await open();
  return {
    put: (sealed) => changed(database, (store) => store.put(sealed)),
    remove: (read) => changed(database, (store) => store.delete(read)),
    all: () => settled(database.transaction(STORE).objectStore(STORE).getAll()),
  };
}
