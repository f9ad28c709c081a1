/** The user id of `nobody` on Linux, which tests become to lose root's rights. */
export const NOBODY_UID = 65_534;

/** True if this process runs as root, which alone can start processes of another user. */
export const isRoot: boolean = process.getuid?.() === 0;
