/** What the grades look like, in words and in pictures of a phantom. */

import type { TypePictures } from "../contract/reader";

interface Look {
  grade: string;
  t1: string;
  t2: string;
}

const LOOKS: readonly Look[] = [
  { grade: "0", t1: "iso", t2: "iso" },
  { grade: "1", t1: "dark", t2: "bright" },
  { grade: "2", t1: "bright", t2: "iso/bright" },
  { grade: "3", t1: "dark", t2: "dark" },
];

export function Definitions({ pictures }: { pictures: readonly TypePictures[] }) {
  return (
    <table class="definitions" id="definitions">
      <caption>Synthetic · 5 mm or more · against marrow</caption>
      <thead>
        <tr>
          <th scope="col">
            <span class="visually-hidden">Series</span>
          </th>
          {LOOKS.map(({ grade }) => (
            <th key={grade} scope="col">
              {grade}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {(["t1", "t2"] as const).map((series) => (
          <tr key={series}>
            <th scope="row">{series.toUpperCase()}</th>
            {LOOKS.map((look, type) => (
              <td key={look.grade}>
                {pictures[type] && (
                  <img
                    src={pictures[type][series]}
                    width="144"
                    height="120"
                    alt={`Synthetic ${series.toUpperCase()}, type ${look.grade}`}
                  />
                )}
                {look[series]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
