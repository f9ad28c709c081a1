// `npm run docker`: executes the steps of deploy/docker/Dockerfile in a copy of this machine's root, and then starts both
// daemons as process 1, without rights, over a root that is read-only. Needs root, and the registry of npm.
import { createTemporaryDirectory } from "@gvpie/testing";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDockerfile, type Instruction } from "./dockerfile.ts";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const DOCKERFILE = new URL("../../deploy/docker/Dockerfile", import.meta.url);

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Returns the commands of a shell that do what an instruction says, in the state `directory` and `variables`. */
function commandsOf({ keyword, text }: Instruction): string[] {
  const said = `echo ${quote(`${keyword} ${text}`)} >&2`;
  switch (keyword) {
    case "FROM":
      return ["variables=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)"];
    case "WORKDIR":
      return [`directory=${quote(text)}`, 'mkdir -p "$root$directory"'];
    case "ENV":
      return [`variables+=(${text})`];
    case "COPY": {
      if (text === ". .") return [said, 'git -C "$checkout" archive HEAD | tar -x -C "$root$directory"'];
      const [, from = "", to = ""] = /^--from=build (\S+) (\S+)$/.exec(text) ?? [];
      if (to === "") {
        throw new Error(`expected COPY . . or COPY --from=build <path> <path>, got COPY ${text}`);
      }
      return [said, `cp -a "$root"${quote(from)}/. "$root"${quote(to)}/`];
    }
    case "RUN":
      return [said, `inside 0 sh -c ${quote(text)}`];
    case "HEALTHCHECK":
      return [`check=(${execForm(text.slice(text.indexOf("CMD ") + 4))})`];
    case "CMD":
      return [`command=(${execForm(text)})`];
    case "USER":
    case "VOLUME":
    case "STOPSIGNAL":
      return [];
    default:
      throw new Error(`expected an instruction that this script knows, got ${keyword}`);
  }
}

function execForm(json: string): string {
  return (JSON.parse(json) as string[]).map(quote).join(" ");
}

const steps = parseDockerfile(readFileSync(DOCKERFILE, "utf8")).flatMap(commandsOf);
const script = `
set -euo pipefail
work=$1 checkout=$2 node=$3 root=$1/root
mount -t proc proc /proc
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
mkdir -p "$root/usr/local/bin"
rm -f "$root/usr/local/bin/node"
touch "$root/usr/local/bin/node"
mount --bind "$node" "$root/usr/local/bin/node"
inside() {
  local user=$1
  shift
  chroot "--userspec=$user:$user" --groups= "$root" env -i -C "$directory" "\${variables[@]}" "$@"
}
${steps.join("\n")}
user=$(chroot "$root" id -u gvpie)
for volume in run/gvpie var/lib/gvpie; do
  mount -t tmpfs -o "uid=$user,gid=$user,mode=0700" tmpfs "$root/$volume"
done
mount -o remount,ro "$root"
variables+=(HOME=/var/lib/gvpie)
first() {
  exec unshare --pid --fork chroot "--userspec=$user:$user" --groups= "$root" env -i -C "$directory" "\${variables[@]}" "$@" &
}
first gvpie-daemon
renderer=$!
first "\${command[@]}"
loop=$!
echo "HEALTHCHECK \${check[*]}" >&2
for attempt in $(seq 60); do
  sleep 1
  if inside "$user" "\${check[@]}" > "$work/status" 2>&1 && [ -n "$(ls -A "$root/var/lib/gvpie/cartridges" 2>/dev/null)" ]; then healthy=1; break; fi
done
cat "$work/status" >&2
for process in "$loop" "$renderer"; do
  kill -TERM $(cat "/proc/$process/task/$process/children")
  wait "$process"
done
[ "\${healthy:-0}" = 1 ] && echo "every step succeeded, the check is healthy, and SIGTERM ends both daemons with 0"
`;
using directory = createTemporaryDirectory();
const { status } = spawnSync(
  "unshare",
  [
    "--mount",
    "--pid",
    "--fork",
    "--kill-child",
    "bash",
    "-c",
    script,
    "docker",
    directory.path,
    CHECKOUT,
    process.execPath,
  ],
  { stdio: "inherit", env: { PATH: process.env["PATH"] } },
);
process.exitCode = status ?? 1;
