/**
 * Stands in for dcmjs, which Cornerstone reads DICOM files with. Here images are handed to it ready, with their
 * places; of dcmjs there remain four names, and its log, of which the errors are kept.
 */

interface Logger {
  trace(): void;
  debug(): void;
  info(): void;
  warn(): void;
  error(...words: unknown[]): void;
  setLevel(): void;
  getLogger(name: string): Logger;
}

const nothing = (): void => undefined;

const makeLogger = (): Logger => ({
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (...words) => console.error(...words),
  setLevel: nothing,
  getLogger: makeLogger,
});

export const log = makeLogger();

/** Transfer syntaxes (PS3.5 A.1, A.2, A.3, A.5). */
export const constants = {
  IMPLICIT_LITTLE_ENDIAN: "1.2.840.10008.1.2",
  EXPLICIT_LITTLE_ENDIAN: "1.2.840.10008.1.2.1",
  DEFLATED_EXPLICIT_LITTLE_ENDIAN: "1.2.840.10008.1.2.1.99",
  EXPLICIT_BIG_ENDIAN: "1.2.840.10008.1.2.2",
};
