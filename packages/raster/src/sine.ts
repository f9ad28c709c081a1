/**
 * The sines of 0° to 90° in units of 1/65536, rounded to nearest. The specification prints the same table: every drawing
 * that depends on an angle comes from these integers, so that it has the same pixels on every machine.
 */
export const SINES: readonly number[] = [
  0, 1144, 2287, 3430, 4572, 5712, 6850, 7987, 9121, 10252, 11380, 12505, 13626, 14742, 15855, 16962, 18064,
  19161, 20252, 21336, 22415, 23486, 24550, 25607, 26656, 27697, 28729, 29753, 30767, 31772, 32768, 33754,
  34729, 35693, 36647, 37590, 38521, 39441, 40348, 41243, 42126, 42995, 43852, 44695, 45525, 46341, 47143,
  47930, 48703, 49461, 50203, 50931, 51643, 52339, 53020, 53684, 54332, 54963, 55578, 56175, 56756, 57319,
  57865, 58393, 58903, 59396, 59870, 60326, 60764, 61183, 61584, 61966, 62328, 62672, 62997, 63303, 63589,
  63856, 64104, 64332, 64540, 64729, 64898, 65048, 65177, 65287, 65376, 65446, 65496, 65526, 65536,
];

/** The unit of {@link sineOf} and {@link cosineOf}. */
export const SINE_UNIT = 65_536;

/** Returns the sine of an integer number of degrees, in units of 1/65536. */
export function sineOf(degrees: number): number {
  const turn = degrees % 360;
  const positive = turn < 0 ? turn + 360 : turn;
  // sin(d + 180°) = −sin d, and sin(180° − d) = sin d.
  const half = positive % 180;
  const sine = SINES[half > 90 ? 180 - half : half] ?? 0;
  return positive > 180 ? -sine : sine;
}

/** Returns the cosine of an integer number of degrees, in units of 1/65536. */
export function cosineOf(degrees: number): number {
  return sineOf((degrees % 360) + 90);
}

/** Returns `factor` times the sine, rounded to the nearest integer, halves away from zero. Both are 32-bit integers. */
export function scaledSine(degrees: number, factor: number): number {
  return scale(sineOf(degrees), factor);
}

/** Returns `factor` times the cosine, rounded to the nearest integer, halves away from zero. Both are 32-bit integers. */
export function scaledCosine(degrees: number, factor: number): number {
  return scale(cosineOf(degrees), factor);
}

function scale(sine: number, factor: number): number {
  const product = sine * factor;
  const size = Math.floor((2 * Math.abs(product) + SINE_UNIT) / (2 * SINE_UNIT));
  return product < 0 && size !== 0 ? -size : size;
}
