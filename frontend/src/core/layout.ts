/** How T1 and T2 lie on the screen, and whose word counts. */

export type Layout = "side" | "stacked" | "single";
export type Orientation = "landscape" | "portrait";

export const LAYOUTS: readonly Layout[] = ["side", "stacked", "single"];

export const LAYOUT_WORDS: Readonly<Record<Layout, string>> = {
  side: "Side by side",
  stacked: "T1 over T2",
  single: "One at a time",
};

/** What was said of the layout: by the protocol, and by the reader for a display of each shape. */
export interface Wishes {
  protocol: Layout | null;
  own: Partial<Record<Orientation, Layout>>;
}

/** The layout a case opens in: the protocol's, else the reader's own, else what fits the display's shape. */
export const openingLayout = ({ protocol, own }: Wishes, shape: Orientation): Layout =>
  protocol ?? own[shape] ?? (shape === "portrait" ? "stacked" : "side");

/** The one after it, round and round. */
export const nextLayout = (layout: Layout): Layout =>
  LAYOUTS[(LAYOUTS.indexOf(layout) + 1) % LAYOUTS.length] as Layout;

export const orientationOf = (width: number, height: number): Orientation =>
  height > width ? "portrait" : "landscape";
