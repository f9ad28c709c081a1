/** What we use of upng-js, which has no types. */
declare module "upng-js" {
  const UPNG: {
    /** PNG of frames of RGBA; `colors` 0 keeps every colour. */
    encode(frames: ArrayBuffer[], width: number, height: number, colors: number): ArrayBuffer;
    decode(png: ArrayBuffer): unknown;
    toRGBA8(image: unknown): ArrayBuffer[];
  };
  export default UPNG;
}
