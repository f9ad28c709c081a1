/** The entry of a page without functions; the test sets its content. */
export {};
