import type { Machine } from "../machine.ts";
import {
  endToEndTable,
  POINT_TITLES,
  pointCells,
  type Report,
  STAGE_TITLES,
  stageCells,
  tableHead,
  tableRow,
} from "./results.ts";

/** Returns the page with its tables rendered from the report; each stands between two comments that name it. */
export function withTables(page: string, { results }: Report): string {
  const stages = results.flatMap(({ adapter, machine, stages: measured }) => [
    `**${adapter}**, in milliseconds, on ${machineName(machine)}:`,
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
  const endToEnd = results.flatMap(({ endToEnd: measured }) =>
    measured ? [...endToEndTable(measured), ""] : [],
  );
  const parts = { stages, points, "end to end": endToEnd };
  return Object.entries(parts).reduce((text, [name, lines]) => replacePart(text, name, lines), page);
}

function machineName({ cpu, cores, node, platform }: Machine): string {
  const article = /^(Intel|AMD)/.test(cpu) ? "an" : "a";
  return `${cores} cores of ${article} ${cpu.replaceAll("(R)", "")}, Node ${node}, ${platform}`;
}

function replacePart(page: string, name: string, lines: readonly string[]): string {
  const begin = `<!-- ${name} -->\n`;
  const end = `<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to === -1) throw new Error(`expected the comments around ${name} in the page, got none`);
  return `${page.slice(0, from + begin.length)}\n${lines.join("\n")}\n${page.slice(to)}`;
}
