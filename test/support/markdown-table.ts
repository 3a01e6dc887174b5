/** Reads tables of the documentation, so that tests can hold the program to them. */

/** The rows of the one table whose first column has this heading, each as its cells. */
export function tableRows(markdown: string, heading: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n').map(cells);
  const header = lines.findIndex(([first]) => first === heading);
  if (header === -1) throw new Error(`There is no table that begins with ${heading}.`);
  const rows = lines.slice(header + 2);
  const end = rows.findIndex((row) => row.length === 0);
  return end === -1 ? rows : rows.slice(0, end);
}

/** The cells of a table's line; none if it is no such line. */
function cells(line: string): readonly string[] {
  if (!line.startsWith('|')) return [];
  return line
    .slice(1, line.lastIndexOf('|'))
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}
