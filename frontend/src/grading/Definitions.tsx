/** What the grades look like, in one glance. */

const ROWS: readonly (readonly [grade: string, t1: string, t2: string])[] = [
  ["0", "as marrow", "as marrow"],
  ["1", "dark", "bright"],
  ["2", "bright", "as marrow or bright"],
  ["3", "dark", "dark"],
];

export function Definitions() {
  return (
    <table class="definitions">
      <caption>Lesions of 5 mm or more; the predominant type</caption>
      <thead>
        <tr>
          <th scope="col">Type</th>
          <th scope="col">T1</th>
          <th scope="col">T2</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(([grade, t1, t2]) => (
          <tr key={grade}>
            <th scope="row">{grade}</th>
            <td>{t1}</td>
            <td>{t2}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
