import { picture } from "./case.ts";
import type { RasterCase } from "./types.ts";

const shapes: RasterCase[] = [
  picture("PIX paints one pixel", "PIX 1 0\nPIX 3 1\nPIX 4 0\nPIX -1 0\nPIX 0 2\nPIX 0 -1", [".#..", "...#"]),
  picture("BOX is one pixel wide, inside its rectangle", "BOX 1 0 5 4", [
    ".#####.",
    ".#...#.",
    ".#...#.",
    ".#####.",
    ".......",
  ]),
  picture(
    "BOX of less than three pixels a side is full",
    "BOX 0 0 2 4\nBOX 3 0 1 4\nBOX 5 1 4 2\nBOX 5 3 0 1",
    ["##.#.....", "##.#.####", "##.#.####", "##.#....."],
  ),
  picture("BOX is cut at every edge", "BOX -1 -1 5 4\nBOX 4 1 9 9", [
    "...#....",
    "...#####",
    "#####...",
    "....#...",
  ]),
  picture(
    "BOX around the canvas draws nothing",
    "BOX -1 -1 6 4\nBOX -2147483648 -2147483648 4294967295 4294967295",
    ["....", "...."],
  ),
  picture("a flat line has a pixel in each column", "LINE 0 0 7 2", ["##......", "..####..", "......##"]),
  picture("a steep line has a pixel in each row", "LINE 0 0 2 7", [
    "#..",
    "#..",
    ".#.",
    ".#.",
    ".#.",
    ".#.",
    "..#",
    "..#",
  ]),
  picture("a line is the same from either end", "LINE 0 0 4 2\nLINE 9 2 5 0", [
    "#....#....",
    ".##...##..",
    "...##...##",
  ]),
  picture("of two pixels equally near, the lower one is in a flat line", "LINE 0 0 2 1\nLINE 4 1 6 0", [
    "#.....#",
    ".##.##.",
  ]),
  picture("of two pixels equally near, the right one is in a steep line", "LINE 0 0 1 2\nLINE 4 0 3 2", [
    "#...#",
    ".#..#",
    ".#.#.",
  ]),
  picture(
    "lines at right angles and along diagonals",
    "LINE 0 0 4 0\nLINE 0 0 0 4\nLINE 4 4 0 0\nLINE 6 4 6 4",
    ["#####..", "##.....", "#.#....", "#..#...", "#...#.#"],
  ),
  picture("a line from far outside keeps its pixels", "LINE -4 -1 8 3", ["#......", ".###..."]),
  picture(
    "lines between the extremes",
    "LINE -2147483648 -2147483648 4294967295 4294967295\nLINE 4 4294967295 0 -2147483648",
    ["##...", ".#...", ".##..", ".#.#."],
  ),
  picture("lines that miss the corners", "LINE 4 -4 12 4\nLINE -9 0 4 13\nLINE 5 3 3 5\nLINE -1 0 0 -1", [
    "....",
    "....",
    "....",
    "....",
  ]),
  picture("circles of radius 0 to 3", "CIRCLE 0 3 0\nCIRCLE 3 3 1\nCIRCLE 8 3 2\nCIRCLE 15 3 3", [
    "..............###..",
    ".......###...#...#.",
    "...#..#...#.#.....#",
    "#.#.#.#...#.#.....#",
    "...#..#...#.#.....#",
    ".......###...#...#.",
    "..............###..",
  ]),
  picture("discs of radius 0 to 3", "DISC 0 3 0\nDISC 3 3 1\nDISC 8 3 2\nDISC 15 3 3", [
    "..............###..",
    ".......###...#####.",
    "...#..#####.#######",
    "#.###.#####.#######",
    "...#..#####.#######",
    ".......###...#####.",
    "..............###..",
  ]),
  picture("circles of radius 5 and 7", "CIRCLE 5 7 5\nCIRCLE 20 7 7", [
    "..................#####.....",
    "................##.....##...",
    "...#####.......#.........#..",
    "..#.....#.....#...........#.",
    ".#.......#....#...........#.",
    "#.........#..#.............#",
    "#.........#..#.............#",
    "#.........#..#.............#",
    "#.........#..#.............#",
    "#.........#..#.............#",
    ".#.......#....#...........#.",
    "..#.....#.....#...........#.",
    "...#####.......#.........#..",
    "................##.....##...",
    "..................#####.....",
  ]),
  picture("a disc of radius 7", "DISC 7 7 7", [
    ".....#####.....",
    "...#########...",
    "..###########..",
    ".#############.",
    ".#############.",
    "###############",
    "###############",
    "###############",
    "###############",
    "###############",
    ".#############.",
    ".#############.",
    "..###########..",
    "...#########...",
    ".....#####.....",
  ]),
  picture("circles are cut at every edge", "CIRCLE 0 0 2\nCIRCLE 8 4 3\nCIRCLE 8 -1 2\nCIRCLE -1 5 2", [
    "..#...#..",
    "..#....##",
    "##....#..",
    "#....#...",
    ".#...#...",
  ]),
  picture("circles around the canvas draw nothing", "CIRCLE 2 1 4\nCIRCLE 1 1 4294967295", ["....", "...."]),
  picture("a disc around the canvas fills it", "DISC -2147483648 1 4294967295", ["####", "####"]),
  picture(
    "an enormous circle is a straight line",
    "CIRCLE -2147483648 1 2147483650\nCIRCLE 1 4294967295 4294967295",
    ["####", "..#."],
  ),
  picture("an enormous disc ends in a straight line", "DISC -2147483648 1 2147483650", [
    "###..",
    "###..",
    "###..",
  ]),
  picture("a sprite is set bits, the first one leftmost", "SPRITE 1 0 5 3 A8 50 f8", [
    ".#.#.#.",
    "..#.#..",
    ".#####.",
  ]),
  picture("a sprite is cut at every edge", "SPRITE -1 -1 8 3 FF A5 FF\nSPRITE 5 1 4 4 9 F 9 9", [
    ".#..#.#",
    "#######",
    ".....##",
  ]),
  picture("a scaled sprite is cut at every edge", "SCALE 3\nSPRITE -2 -2 2 2 8 4\nSPRITE 5 2 2 2 C 8", [
    "#......",
    ".###...",
    ".###.##",
    ".###.##",
    ".....##",
  ]),
  picture("scaled text", "SCALE 2\nTXT 0 0 I", [
    "..######..",
    "..######..",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "....##....",
    "..######..",
    "..######..",
  ]),
  picture("scaled text is cut at every edge", "SCALE 3\nTXT -16 -19 HI\nTXT 5 -7 -", [
    ".....#######",
    ".....#######",
    "........####",
    "........####",
    "........####",
  ]),
  picture("the greatest scale", "SCALE 64\nTXT -61 -63 I", ["...###", "......"]),
  picture(
    "text is aligned by its set pixels",
    "ALIGN right\nTXT 5 0 |\nALIGN center\nTXT 8 0 |\nALIGN left\nTXT 9 0 |",
    ["..#.....#..#...", "..#.....#..#..."],
  ),
];

const settings: RasterCase[] = [
  picture(
    "ORIGIN moves what follows, and replaces the former origin",
    "ORIGIN 1 1\nPIX 0 0\nORIGIN 2 0\nPIX 1 1",
    ["....", ".#.#"],
  ),
  picture("an origin far outside", "ORIGIN 4294967295 -2147483648\nPIX 1 1\nTXT 0 0 H\nDISC 0 0 9", [
    "....",
    "....",
  ]),
  picture("an origin may bring a far position into sight", "ORIGIN -2147483648 0\nRECT 2147483649 0 2 1", [
    ".##.",
    "....",
  ]),
  picture("CLIP cuts what follows", "CLIP 1 0 2 2\nRECT 0 0 9 9", [".##.", ".##.", "...."]),
  picture("CLIP replaces the former box", "CLIP 0 0 1 1\nCLIP 2 1 1 1\nRECT 0 0 9 9", ["....", "..#."]),
  picture("CLIP alone is the whole canvas", "CLIP 0 0 1 1\nCLIP\nRECT 0 0 9 9", ["####", "####"]),
  picture(
    "an empty clip box lets nothing through",
    "CLIP 1 1 0 5\nRECT 0 0 9 9\nTXT 0 0 HI\nDISC 1 1 9\nLINE 0 0 3 1\nCIRCLE 1 1 1",
    ["....", "...."],
  ),
  picture(
    "a clip box outside lets nothing through",
    "CLIP 4 0 9 9\nCLEAR\nTXT 0 0 HI\nLINE 0 0 9 1\nCIRCLE 1 1 1\nSPRITE 0 0 4 1 F",
    ["....", "...."],
  ),
  picture("a clip box reaches beyond the canvas", "CLIP -2147483648 1 4294967295 4294967295\nCLEAR", [
    "....",
    "####",
  ]),
  picture(
    "a clip box is relative to the origin when it is set",
    "ORIGIN 1 1\nCLIP 0 0 2 1\nORIGIN 0 0\nCLEAR",
    ["....", ".##."],
  ),
  picture("CLEAR ignores the origin and keeps to the clip box", "ORIGIN 2 0\nCLIP -1 0 9 1\nCLEAR", [
    ".###",
    "....",
  ]),
  picture("text is cut by the clip box", "CLIP 1 1 8 2\nTXT 0 0 HI", [
    "...........",
    "....#...#..",
    "....#...#..",
    "...........",
  ]),
  picture(
    "lines, circles and sprites are cut by the clip box",
    "CLIP 1 1 10 4\nLINE 0 0 11 5\nCIRCLE 3 2 2\nSPRITE 9 3 4 3 F 9 F",
    ["............", ".###.#......", ".#..##......", ".#...###.##.", "..###...##..", "............"],
  ),
  picture("COLOR holds until the next", "COLOR red\nPIX 0 0\nPIX 1 0\nCOLOR #00F\nPIX 2 0", ["rrb."], {
    legend: { r: "#ff0000ff", b: "#0000ffff", ".": "#000000ff" },
  }),
  picture("translucent colours blend", "COLOR #ffffff80\nRECT 0 0 2 1\nRECT 1 0 2 1", ["gwg."], {
    legend: { g: "#808080ff", w: "#c0c0c0ff", ".": "#000000ff" },
  }),
  picture(
    "CLEAR in a translucent colour blends with every pixel",
    "PIX 1 0\nCOLOR #00000080\nCLEAR",
    [".g.."],
    {
      legend: { g: "#7f7f7fff", ".": "#000000ff" },
    },
  ),
  picture("a colour of alpha 0 draws nothing", "COLOR #ff000000\nCLEAR\nCOLOR #0f0\nPIX 1 0", [".g.."], {
    legend: { g: "#00ff00ff", ".": "#000000ff" },
  }),
  picture(
    "no shape paints a pixel twice",
    "COLOR #ffffff80\nBOX 0 0 3 3\nLINE 4 0 4 2\nCIRCLE 7 1 1\nCIRCLE 12 3 3\nDISC 7 5 1\nSPRITE 0 4 4 3 F A F\nSCALE 2\nTXT 17 -6 H",
    [
      "ggg.g..g...ggg...ggggggggg",
      "g.g.g.g.g.g...g..ggggggggg",
      "ggg.g..g.g.....g.gg......g",
      ".........g.....g.gg......g",
      "gggg...g.g.....g.gg......g",
      "g.g...ggg.g...g..gg......g",
      "gggg...g...ggg...gg......g",
    ],
    { legend: { g: "#808080ff", ".": "#000000ff" } },
  ),
];

const control: RasterCase[] = [
  picture("a loop", "SET i 0\nagain:\nPIX {i} {i}\nADD i 2\nIF i < 5 again", [
    "#....",
    ".....",
    "..#..",
    ".....",
    "....#",
  ]),
  picture("a jump over a line", "JMP over\nPIX 0 0\nover:\nPIX 1 0", [".#.."]),
  picture("a jump to the end", "PIX 0 0\nJMP end\nPIX 1 0\nend:", ["#..."]),
  picture("calls return to the following line", "CALL dot\nORIGIN 2 0\nCALL dot\nHALT\ndot:\nPIX 0 0\nRET", [
    "#.#.",
  ]),
  picture(
    "a quotient is truncated toward zero, a remainder has the sign of the dividend",
    "ORIGIN 4 0\nSET a -7\nDIV a 2\nPIX {a} 0\nSET a -7\nMOD a 3\nPIX {a} 1\nSET a 7\nMOD a -3\nPIX {a} 2\nSET a 6\nSUB a 4\nMUL a 2\nPIX {a} 3",
    [".#.......", "...#.....", ".....#...", "........#"],
  ),
  picture("the six comparisons", comparisons(), ["#..", "##.", ".#.", "#.#", ".##", "..#"]),
  picture(
    "parameters are put into operands and texts",
    "PARAM w 2\nPARAM t H\nPARAM c #000\nRECT 0 0 {w} 1\nTXT {w} 1 {t}{u}\nCOLOR {c}\nPIX 1 0",
    [
      "#r#...........",
      "......##......",
      ".....#........",
      ".....#...#...#",
      "....#....#...#",
      ".....#...#...#",
      ".....#...#...#",
      "......##..####",
    ],
    { legend: { r: "#ff0000ff", "#": "#ffffffff", ".": "#000000ff" }, params: { w: 3, t: "", c: "#F00" } },
  ),
  picture(
    "a value is not read as a program",
    "PARAM t H\nTXT 0 0 {t}",
    [
      "...##..#....##...",
      "..#....#......#..",
      "..#...####....#..",
      ".#.....#.......#.",
      "..#....#......#..",
      "..#....#......#..",
      "...##...##..##...",
    ],
    { params: { t: "{t}" } },
  ),
  picture("variables are put into operands and texts", "SET n 0\nSUB n 1\nRECT {n} 7 4 1\nTXT 0 0 {n}|", [
    "........#.....#..",
    ".......##.....#..",
    "........#.....#..",
    ".###....#.....#..",
    "........#.....#..",
    "........#.....#..",
    ".......###....#..",
    "###..............",
  ]),
];

/** Every comparison with its left side less than, equal to and greater than its right. */
function comparisons(): string {
  const lines = ["<", "<=", "=", "!=", ">=", ">"].flatMap((relation, y) =>
    [-1, 0, 1].map((left) => {
      const [yes, no] = [`yes${y}_${left + 1}`, `no${y}_${left + 1}`];
      return `SET d ${left}\nIF d ${relation} 0 ${yes}\nJMP ${no}\n${yes}:\nPIX ${left + 1} ${y}\n${no}:`;
    }),
  );
  return lines.join("\n");
}

/** Drawings of every opcode, clipped at every edge and at the extremes; settings; control flow and parameters. */
export const drawingCases: readonly RasterCase[] = [...shapes, ...settings, ...control];
