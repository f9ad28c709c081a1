/** An adapter's name as messages show it: software adapters are marked. */
export function adapterLabel(info: { readonly adapter: string; readonly fallback: boolean }): string {
  return info.fallback ? `${info.adapter}, software` : info.adapter;
}
