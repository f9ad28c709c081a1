/** The paths of a served directory. */
export interface Tree {
  readonly root: string;
  readonly command: string;
  readonly output: string;
  readonly error: string;
  readonly v1: string;
  readonly lock: string;
  readonly server: string;
  readonly tmp: string;
  readonly new: string;
  readonly run: string;
  readonly out: string;
  readonly bad: string;
}

export function treeOf(base: string): Tree {
  const v1 = `${base}/v1`;
  return {
    root: base,
    command: `${base}/cmd.json`,
    output: `${base}/out.raw`,
    error: `${base}/err.json`,
    v1,
    lock: `${v1}/lock.db`,
    server: `${v1}/server.json`,
    tmp: `${v1}/tmp`,
    new: `${v1}/new`,
    run: `${v1}/run`,
    out: `${v1}/out`,
    bad: `${v1}/bad`,
  };
}
