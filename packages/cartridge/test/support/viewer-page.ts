// Runs in the browser; `viewers.ts` calls the functions that it assigns to `globalThis`.

/** A picture as RGBA bytes. */
export interface ShownBytes {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The pictures that an element shows in turn; one unless the file is an animation. */
export type ShownFrames = readonly ShownBytes[] | string;

/** A part of the page, in pixels. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface ViewerPage {
  /** Draws each file on a canvas, as an `img` element and as an image bitmap are drawn. */
  readonly drawOnCanvas: (files: readonly Uint8Array[]) => Promise<readonly ShownFrames[]>;
  /** Decodes every frame of each file. */
  readonly decodeFrames: (files: readonly Uint8Array[]) => Promise<readonly ShownFrames[]>;
  /** Fills the page with `img` elements, and returns the place of each; undefined for a file that is not shown. */
  readonly layOut: (files: readonly Uint8Array[]) => Promise<readonly (Place | undefined)[]>;
}

const GAP = 4;
const PAGE_WIDTH = 1_000;

async function loadImage(file: Uint8Array): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([new Uint8Array(file)], { type: "image/png" }));
  await image.decode();
  return image;
}

function bytesOf(source: CanvasImageSource, width: number, height: number): ShownBytes {
  const context = new OffscreenCanvas(width, height).getContext("2d") as OffscreenCanvasRenderingContext2D;
  context.drawImage(source, 0, 0);
  return { width, height, data: new Uint8Array(context.getImageData(0, 0, width, height).data) };
}

async function drawOnCanvas(file: Uint8Array): Promise<readonly ShownBytes[]> {
  const image = await loadImage(file);
  return [bytesOf(image, image.naturalWidth, image.naturalHeight)];
}

async function decodeFrames(file: Uint8Array): Promise<readonly ShownBytes[]> {
  const decoder = new ImageDecoder({ data: new Uint8Array(file), type: "image/png" });
  await decoder.completed;
  await decoder.tracks.ready;
  const shown: ShownBytes[] = [];
  for (let frameIndex = 0; frameIndex < (decoder.tracks.selectedTrack?.frameCount ?? 0); frameIndex++) {
    const { image } = await decoder.decode({ frameIndex });
    shown.push(bytesOf(image, image.displayWidth, image.displayHeight));
    image.close();
  }
  decoder.close();
  return shown;
}

async function layOut(files: readonly Uint8Array[]): Promise<readonly (Place | undefined)[]> {
  document.body.style.cssText = "margin: 0; background: #38c070";
  document.body.replaceChildren();
  let [x, y, rowHeight] = [0, 0, 0];
  const places: (Place | undefined)[] = [];
  for (const file of files) {
    const image = await loadImage(file).catch(() => undefined);
    if (image === undefined) {
      places.push(undefined);
      continue;
    }
    const { naturalWidth: width, naturalHeight: height } = image;
    if (x + width > PAGE_WIDTH) [x, y, rowHeight] = [0, y + rowHeight + GAP, 0];
    image.style.cssText = `position: absolute; left: ${x}px; top: ${y}px; image-rendering: pixelated`;
    document.body.append(image);
    places.push({ x, y, width, height });
    x += width + GAP;
    rowHeight = Math.max(rowHeight, height);
  }
  document.body.style.height = `${y + rowHeight}px`;
  return places;
}

const forEachFile =
  (show: (file: Uint8Array) => Promise<readonly ShownBytes[]>) => (files: readonly Uint8Array[]) =>
    Promise.all(files.map((file) => show(file).catch((error: unknown) => String(error))));

const page: ViewerPage = {
  drawOnCanvas: forEachFile(drawOnCanvas),
  decodeFrames: forEachFile(decodeFrames),
  layOut,
};

Object.assign(globalThis, { viewers: page });
