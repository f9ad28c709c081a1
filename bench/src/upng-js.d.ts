/** The part of upng-js that the bench uses; the package has no types. */
declare module "upng-js" {
  const UPNG: {
    /** Encodes RGBA frames as PNG; `colors` 0 keeps every colour. */
    encode(
      frames: ArrayBuffer[],
      width: number,
      height: number,
      colors: number,
      delaysMs?: readonly number[],
    ): ArrayBuffer;
    decode(png: ArrayBuffer): unknown;
    toRGBA8(image: unknown): ArrayBuffer[];
  };
  export default UPNG;
}
