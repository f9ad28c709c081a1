import { GLYPH_WIDTH, glyphFor, measureText } from "@gvpie/glyph-rom";

const text = "Größe 7€";

const { width, height, glyphs } = measureText(text);
console.log(`${glyphs} glyphs, ${width}×${height} pixels`);

for (let y = 0; y < height; y++) {
  const cells = Array.from(text, (character) => {
    const row = glyphFor(character.codePointAt(0) ?? 0).rows[y] ?? 0;
    return row.toString(2).padStart(GLYPH_WIDTH, "0").replaceAll("0", "·").replaceAll("1", "█");
  });
  console.log(cells.join("·"));
}
