import { onTestFinished } from "vitest";
import { createTemporaryDirectory, type TemporaryDirectoryOptions } from "./temporary-directory.ts";

/** Disposes of a resource when the running test has finished; returns it. */
export function disposeAfterTest<T extends Disposable | AsyncDisposable>(resource: T): T {
  onTestFinished(async () => {
    if (Symbol.asyncDispose in resource) {
      await resource[Symbol.asyncDispose]();
    } else {
      resource[Symbol.dispose]();
    }
  });
  return resource;
}

/** Returns the path of an empty directory that is removed when the running test has finished. */
export function temporaryDirectory(options?: TemporaryDirectoryOptions): string {
  return disposeAfterTest(createTemporaryDirectory(options)).path;
}
