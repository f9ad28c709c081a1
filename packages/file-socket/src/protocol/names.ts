import { monotonicFactory, type ULIDFactory } from "ulid";

/** A ULID: 26 digits of Crockford's base 32, upper case. ULIDs sort by time. */
const ULID = "[0-7][0-9A-HJKMNP-TV-Z]{25}";
/** A client: process id, start time in clock ticks since boot (0 if unknown), random letters and digits. */
const CLIENT = "[0-9]{1,10}-[0-9]{1,20}-[0-9A-Za-z]{1,32}";

const CLIENT_NAME = new RegExp(`^${CLIENT}$`);
const REQUEST_NAME = new RegExp(`^(${ULID})\\.(${CLIENT})\\.req$`);
const RUN_NAME = new RegExp(`^(${ULID})\\.(${CLIENT})\\.(${ULID})\\.([1-9][0-9]?)$`);
const REPLY_NAME = new RegExp(`^(${ULID})\\.rep$`);
const STAGED_REPLY_NAME = new RegExp(`^(${ULID})\\.(${CLIENT})\\.rep$`);

/** A request in `new`. */
export interface RequestName {
  readonly id: string;
  readonly client: string;
}

/** A claimed request in `run`. */
export interface RunName extends RequestName {
  /** The server that claimed it. */
  readonly epoch: string;
  /** Counts claims, from 1. */
  readonly attempt: number;
}

const randomBytes = new Uint8Array(1_024);
let usedBytes = randomBytes.length;

/** A buffered random source: the library's own makes a system call for every digit. */
function nextRandom(): number {
  if (usedBytes === randomBytes.length) {
    crypto.getRandomValues(randomBytes);
    usedBytes = 0;
  }
  return (randomBytes[usedBytes++] as number) / 256;
}

/** Returns a ULID greater than all before it in this process. */
export const newId: ULIDFactory = monotonicFactory(nextRandom);

export function isClientName(name: string): boolean {
  return CLIENT_NAME.test(name);
}

export function requestName({ id, client }: RequestName): string {
  return `${id}.${client}.req`;
}

export function parseRequestName(name: string): RequestName | undefined {
  return parseIdAndClient(REQUEST_NAME, name);
}

function parseIdAndClient(pattern: RegExp, name: string): RequestName | undefined {
  const [, id, client] = pattern.exec(name) ?? [];
  return id === undefined || client === undefined ? undefined : { id, client };
}

export function runName({ id, client, epoch, attempt }: RunName): string {
  return `${id}.${client}.${epoch}.${attempt}`;
}

export function parseRunName(name: string): RunName | undefined {
  const [, id, client, epoch, attempt] = RUN_NAME.exec(name) ?? [];
  if (id === undefined || client === undefined || epoch === undefined) return undefined;
  return { id, client, epoch, attempt: Number(attempt) };
}

/** The name in `run` of a reply that is being written. */
export function stagedReplyName({ id, client }: RequestName): string {
  return `${id}.${client}.rep`;
}

export function parseStagedReplyName(name: string): RequestName | undefined {
  return parseIdAndClient(STAGED_REPLY_NAME, name);
}

/** The name in `tmp` of the reply file that a client returns for reuse. */
export function spareName(client: string): string {
  return `${client}.spare`;
}

/** The name of a reply in its client's reply directory. */
export function replyName(id: string): string {
  return `${id}.rep`;
}

/** True for a name that a server uses in `run`. */
export function isRunDirectoryName(name: string): boolean {
  return name.startsWith("slot.") || RUN_NAME.test(name) || STAGED_REPLY_NAME.test(name);
}

/** Returns the id in the name of a reply; undefined for any other name. */
export function parseReplyName(name: string): string | undefined {
  return REPLY_NAME.exec(name)?.[1];
}

export function isReplyName(name: string): boolean {
  return REPLY_NAME.test(name);
}
