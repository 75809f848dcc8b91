/** Sealing of journal entries: AES-256-GCM (NIST SP 800-38D) under a key that the server gives to its reader. */

import type { JournalKey } from "../../contract/reader";

/** What lies on the disk. `person` names the key, and nobody by name. */
export interface Sealed {
  read: string;
  person: string;
  iv: Uint8Array<ArrayBuffer>;
  content: ArrayBuffer;
}

export interface Seal {
  person: string;
  key: CryptoKey;
}

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** The key can be used and never be read out again. */
export async function importKey({ id, key }: JournalKey): Promise<Seal> {
  const raw = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  return {
    person: id,
    key: await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]),
  };
}

const parameters = (iv: Uint8Array<ArrayBuffer>, read: string, person: string): AesGcmParams => ({
  name: "AES-GCM",
  iv,
  additionalData: bytesOf(`${read} ${person}`),
});

export async function seal({ person, key }: Seal, read: string, content: unknown): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = bytesOf(JSON.stringify(content));
  return { read, person, iv, content: await crypto.subtle.encrypt(parameters(iv, read, person), key, plain) };
}

/** The content, or null where it was sealed by somebody else or has been tampered with. */
export async function unseal<T>(seals: readonly Seal[], sealed: Sealed): Promise<T | null> {
  const mine = seals.find(({ person }) => person === sealed.person);
  if (!mine) return null;
  try {
    const how = parameters(sealed.iv, sealed.read, sealed.person);
    const plain = await crypto.subtle.decrypt(how, mine.key, sealed.content);
    return JSON.parse(new TextDecoder().decode(plain)) as T;
  } catch {
    return null;
  }
}
