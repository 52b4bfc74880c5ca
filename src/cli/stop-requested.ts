/**
 * Resolves with the first request to stop. A signal to the whole process group arrives more than once, through npm and the
 * starting process: those that follow within two seconds are the same request. A later one ends the process at once.
 */
export function stopRequested(): Promise<void> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const onSignal = () => {
      const now = performance.now();
      if (first === undefined) {
        first = now;
        process.stdout.write("\nstopping; once more to leave at once\n");
        resolve();
      } else if (now - first > 2000) process.exit(130);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  });
}
