import {
  POINT_TITLES,
  pointCells,
  type Report,
  STAGE_TITLES,
  stageCells,
  tableHead,
  tableRow,
} from "./report.ts";

/** The page with its tables made from the report; each stands between two comments that name it. */
export function withTables(page: string, { machine, results }: Report): string {
  const stages = results.flatMap(({ adapter, stages: measured }) => [
    `**${adapter}**, in milliseconds:`,
    "",
    tableHead(STAGE_TITLES),
    ...measured.map((point) => tableRow(stageCells(point))),
    "",
  ]);
  const points = results.flatMap(({ adapter, driver, points: measured }) => [
    `**${adapter}** (${driver}), in milliseconds:`,
    "",
    tableHead(POINT_TITLES),
    ...measured.map((point) => tableRow(pointCells(point))),
    "",
  ]);
  const { cpu, cores, node, platform } = machine;
  const place = `Measured on ${cores} cores of ${/^(Intel|AMD)/.test(cpu) ? "an" : "a"} ${cpu}, Node ${node}, ${platform}.`;
  const parts = { machine: [place, ""], stages, points };
  return Object.entries(parts).reduce((text, [name, lines]) => replacePart(text, name, lines), page);
}

function replacePart(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name} -->\n`;
  const end = `<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`the page has no place for ${name}`);
  return `${page.slice(0, from + begin.length)}\n${lines.join("\n")}\n${page.slice(to)}`;
}
