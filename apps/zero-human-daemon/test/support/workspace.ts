import { join } from "node:path";
import { openStore, type NewScript, type Run, type ScriptStore } from "@gvpie/daemon/store";
import { bareEnvironment, type ProcessResult, startNode, type TestProcess } from "@gvpie/testing";
import { disposeAfterTest, temporaryDirectory } from "@gvpie/testing/vitest";

const MAIN = new URL("../../src/main.ts", import.meta.url);
const RENDERER = new URL("../../../gvpie-daemon/src/main.ts", import.meta.url);

/** A working directory with its own database, cartridges and renderer directory. */
export interface Workspace {
  readonly cwd: string;
  /** Starts zero-human-daemon. It is killed when the test has finished. */
  start(...args: string[]): TestProcess;
  /** Starts zero-human-daemon with more variables in its environment. */
  startIn(variables: Readonly<Record<string, string>>, ...args: string[]): TestProcess;
  /** Runs zero-human-daemon to its end. */
  run(...args: string[]): Promise<ProcessResult>;
  /** Runs a command that runs zero-human-daemon, to its end. */
  runWrapped(wrapper: readonly string[], ...args: string[]): Promise<ProcessResult>;
  /** Runs zero-human-daemon to its end with more variables in its environment. */
  runIn(variables: Readonly<Record<string, string>>, ...args: string[]): Promise<ProcessResult>;
  /** Starts gvpie-daemon on the CPU, and resolves once it serves the renderer directory. */
  startRenderer(...args: string[]): Promise<TestProcess>;
  /** Opens the database, and creates it if it does not exist. */
  withStore<T>(use: (store: ScriptStore) => Promise<T>): Promise<T>;
  /** Every run, oldest first. */
  allRuns(): Promise<Run[]>;
}

export function createWorkspace(): Workspace {
  const cwd = temporaryDirectory();
  const env = bareEnvironment({ GVPIE_DIR: join(cwd, "shared"), GVPIE_BACKEND: "cpu" });
  const startIn: Workspace["startIn"] = (variables, ...args) =>
    disposeAfterTest(startNode(MAIN, args, { cwd, env: { ...env, ...variables } }));
  const start: Workspace["start"] = (...args) => startIn({}, ...args);
  const withStore: Workspace["withStore"] = async (use) => {
    const store = await openStore({ path: join(cwd, "db/daemon.db") });
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  };
  return {
    cwd,
    start,
    startIn,
    run: (...args) => start(...args).result(),
    runWrapped: (wrapper, ...args) => disposeAfterTest(startNode(MAIN, args, { cwd, env, wrapper })).result(),
    runIn: (variables, ...args) => startIn(variables, ...args).result(),
    async startRenderer(...args) {
      const renderer = disposeAfterTest(startNode(RENDERER, args, { cwd, env }));
      await renderer.waitForLine("serving ");
      return renderer;
    },
    withStore,
    allRuns: () => withStore(async (store) => (await store.listRuns({ limit: 100_000 })).reverse()),
  };
}

/** A workspace whose database contains only these scripts. */
export async function workspaceWith(...scripts: readonly NewScript[]): Promise<Workspace> {
  const workspace = createWorkspace();
  await workspace.withStore(async (store) => {
    await store.removeScript("hello_gpu");
    for (const script of scripts) await store.addScript(script);
  });
  return workspace;
}
