/** Form of the names that `cartridgeFileName()` of @gvpie/cartridge makes. */
const FORM = /^[^/\0]*_(\d{1,16})_(\d{1,16})\.png$/;

/** The parts of a cartridge's file name. */
export interface CartridgeName {
  /** Unix milliseconds of the start of the run that saved the file, or up to a second later. */
  readonly time: number;
  /** Id of that run. */
  readonly run: number;
}

/** Parses `<slug>_<unix milliseconds>_<run id>.png`. Returns undefined for other names: such files are not deleted. */
export function parseCartridgeName(name: string): CartridgeName | undefined {
  const [, time, run] = FORM.exec(name) ?? [];
  return time === undefined || run === undefined ? undefined : { time: Number(time), run: Number(run) };
}
