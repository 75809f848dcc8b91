/** Stands in for xmlbuilder2, which vtk.js needs only to write XML files. */
export function create(): never {
  throw new Error("Writing XML is not part of this build.");
}
