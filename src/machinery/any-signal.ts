/**
 * A signal that is aborted with any of these, for what lives about as long as they do: it is garbage when they are. Node keeps one that
 * `AbortSignal.any` gives, and listeners with a signal of their own, for as long as somebody could listen: for single calls, which take back
 * their listeners at their end.
 */
export function anySignal(...signals: readonly AbortSignal[]): AbortSignal {
  const any = new AbortController();
  const follow = () => {
    const aborted = signals.find((signal) => signal.aborted);
    if (!aborted) return false;
    for (const signal of signals) signal.removeEventListener("abort", follow);
    any.abort(aborted.reason);
    return true;
  };
  if (!follow()) for (const signal of signals) signal.addEventListener("abort", follow, { once: true });
  return any.signal;
}
