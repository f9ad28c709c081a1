/** Milliseconds between two touches of a client's reply directory. */
export const LEASE_TOUCH_MS = 5_000;
/** Milliseconds without a touch after which a client's lease has expired. */
export const LEASE_MS = 30_000;
/** The same for a client whose process is not found here: two touches, because it may run in another container. */
export const LEASE_GONE_MS = 12_000;
