import { canonicalizeCartridge, decodePng, encodeCartridge, verifyCartridge } from "@gvpie/cartridge";
import { renderProgram } from "@gvpie/raster-cpu";
import { expect, test } from "vitest";

/** The arguments of `new ImageData`, which do not accept shared memory. */
type ImageDataArguments = readonly [data: Uint8ClampedArray<ArrayBuffer>, width: number];

// `tsc -p tsconfig.test.json` fails if a type does not fit.
test("files fit into a Blob, and pictures into an ImageData, without a cast", async () => {
  const png = await encodeCartridge(renderProgram("HALT"), { program: "HALT", language: "1" });
  const parts: BlobPart[] = [png, await canonicalizeCartridge(png)];
  expect(new Blob(parts).size).toBeGreaterThan(0);
  const { data, width } = await decodePng(png);
  const { frame } = await verifyCartridge(png, { render: renderProgram });
  const images: ImageDataArguments[] = [
    [data, width],
    [frame.data, frame.width],
  ];
  expect(images[0]).toEqual(images[1]);
});
