// Finds Vulkan drivers that need no graphics card, downloads a missing one if possible, and prints them as JSON:
//
//   { "swiftshader": { "icd": "…/vk_swiftshader_icd.json", "ldLibraryPath": "…" },
//     "lavapipe":    { "missing": "the reason, and what to do" } }
//
// `icd` is the value of VK_DRIVER_FILES; `ldLibraryPath`, if present, the value of LD_LIBRARY_PATH.
// SwiftShader comes with Debian's chromium package. lavapipe comes with Mesa 25 or newer: Dawn refuses older versions. If
// the system's Mesa is older or missing, its packages are downloaded from the machine's package mirror, including its
// backports suite, and unpacked under .cache/lavapipe. Nothing is installed, and root is not required.
//
// Plain JavaScript without dependencies, because it may run before the workspace is set up.
import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST_MESA = 25;
const CACHE = join(dirname(fileURLToPath(import.meta.url)), "..", ".cache");
const LAVAPIPE = join(CACHE, "lavapipe");

/** Thrown if a driver is not available; the message goes into the output. */
class Missing extends Error {}

const attempt = (locate) => {
  try {
    return locate();
  } catch (error) {
    if (error instanceof Missing) return { missing: error.message };
    return { missing: `unexpected: ${error instanceof Error ? error.message : String(error)}` };
  }
};

console.log(JSON.stringify({ swiftshader: attempt(swiftshader), lavapipe: attempt(lavapipe) }, null, 2));

function swiftshader() {
  const folder = ["/usr/lib/chromium", "/usr/lib/chromium-browser"].find((f) =>
    existsSync(join(f, "vk_swiftshader_icd.json")),
  );
  if (folder === undefined) {
    throw new Missing("SwiftShader is part of Debian's chromium package: apt-get install chromium");
  }
  const icd = join(folder, "vk_swiftshader_icd.json");
  return systemHasVulkanLoader() ? { icd } : { icd, ldLibraryPath: folder };
}

function lavapipe() {
  const cached = join(LAVAPIPE, "driver.json");
  if (existsSync(cached)) {
    const driver = JSON.parse(readFileSync(cached, "utf8"));
    if (existsSync(driver.icd)) return driver;
  }
  const [systemIcd] = find("/usr/share/vulkan/icd.d", isLavapipeIcd);
  if (systemIcd !== undefined && installedMesa() >= OLDEST_MESA && systemHasVulkanLoader()) {
    return { icd: systemIcd };
  }
  return fetchLavapipe();
}

/** Downloads Mesa's Vulkan drivers with their missing dependencies, and unpacks them under .cache/lavapipe. */
function fetchLavapipe() {
  const { codename, archives } = ownArchives();
  mkdirSync(CACHE, { recursive: true });
  const work = mkdtempSync(join(CACHE, "lavapipe-"));
  try {
    for (const folder of ["lists/partial", "debs/partial", "root"]) {
      mkdirSync(join(work, folder), { recursive: true });
    }
    writeFileSync(join(work, "sources.list"), archives.join("\n") + "\n");
    const options = Object.entries({
      "Dir::Etc::sourcelist": join(work, "sources.list"),
      "Dir::Etc::sourceparts": "-",
      "Dir::State::lists": join(work, "lists"),
      "Dir::Cache::archives": join(work, "debs"),
      "Dir::Cache::pkgcache": "",
      "Dir::Cache::srcpkgcache": "",
      "Debug::NoLocking": "1",
      "APT::Install-Recommends": "0",
      "APT::Sandbox::User": "",
      "Acquire::Languages": "none",
    }).flatMap(([key, value]) => ["-o", `${key}=${value}`]);
    const apt = (...args) => command("apt-get", [...options, "-q", "-y", ...args]);

    apt("update");
    const versions = command("apt-cache", [...options, "madison", "mesa-vulkan-drivers"]);
    const newest = versions
      .split("\n")
      .map((line) => line.split("|").map((field) => field.trim()))
      .find(([, version]) => version !== undefined && major(version) >= OLDEST_MESA);
    if (newest === undefined) {
      throw new Missing(
        `expected Mesa ${OLDEST_MESA} or newer in the package mirror for ${codename}, got an older version or none`,
      );
    }
    const [, version, origin] = newest;
    const suite = origin.split(" ")[1].split("/")[0];
    const wanted = [`mesa-vulkan-drivers=${version}`, "libvulkan1"];
    apt("install", "--download-only", "--reinstall", "-t", suite, ...wanted);
    for (const deb of find(join(work, "debs"), (name) => name.endsWith(".deb"))) {
      command("dpkg", ["-x", deb, join(work, "root")]);
    }
    const folder = (path) => path.replace(work, LAVAPIPE);
    const [icdTemplate] = find(join(work, "root"), isLavapipeIcd);
    const [library] = find(join(work, "root"), (name) => name === "libvulkan_lvp.so");
    if (icdTemplate === undefined || library === undefined) {
      throw new Missing(`expected lavapipe in mesa-vulkan-drivers ${version}, found none`);
    }
    const icd = JSON.parse(readFileSync(icdTemplate, "utf8"));
    icd.ICD.library_path = folder(library);
    writeFileSync(join(work, "lvp_icd.json"), JSON.stringify(icd));
    const driver = {
      icd: join(LAVAPIPE, "lvp_icd.json"),
      ldLibraryPath: dirname(folder(library)),
      mesa: version,
    };
    writeFileSync(join(work, "driver.json"), JSON.stringify(driver));
    for (const leftover of ["lists", "debs", "sources.list"]) {
      rmSync(join(work, leftover), { recursive: true });
    }
    rmSync(LAVAPIPE, { recursive: true, force: true });
    renameSync(work, LAVAPIPE);
    return driver;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Returns the machine's Debian or Ubuntu archives, and the backports suites of their mirrors, as one-line apt sources. */
function ownArchives() {
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const codename = /^VERSION_CODENAME="?([\w-]+)"?$/m.exec(release)?.[1];
  if (codename === undefined || !existsSync("/usr/bin/apt-get")) {
    throw new Missing(
      `lavapipe is downloaded only on Debian and Ubuntu: install Mesa ${OLDEST_MESA} or newer with its Vulkan drivers`,
    );
  }
  const lists = find(
    "/etc/apt",
    (name) => name === "sources.list" || name.endsWith(".list") || name.endsWith(".sources"),
  );
  const archives = new Set();
  for (const path of lists) {
    const text = readFileSync(path, "utf8");
    for (const source of path.endsWith(".sources") ? deb822Sources(text) : oneLineSources(text)) {
      const own = source.suites.filter((suite) => suite === codename || suite.startsWith(`${codename}-`));
      if (own.length === 0) continue;
      const options = source.signedBy === undefined ? "" : `[signed-by=${source.signedBy}] `;
      const entry = (suite) =>
        archives.add(`deb ${options}${source.uri} ${suite} ${source.components.join(" ")}`);
      own.forEach(entry);
      if (own.includes(codename)) entry(`${codename}-backports`);
    }
  }
  if (archives.size === 0) throw new Missing(`/etc/apt names no package mirror for ${codename}`);
  return { codename, archives: [...archives] };
}

function deb822Sources(text) {
  return text.split(/\n[ \t]*\n/).flatMap((stanza) => {
    const field = (name) =>
      new RegExp(`^${name}:[ \\t]*(.+)$`, "im")
        .exec(stanza)?.[1]
        .trim()
        .split(/[ \t]+/) ?? [];
    const [signedBy] = field("Signed-By");
    if (!field("Types").includes("deb") || field("Enabled")[0] === "no") return [];
    return field("URIs").map((uri) => ({
      uri,
      suites: field("Suites"),
      components: field("Components"),
      signedBy,
    }));
  });
}

function oneLineSources(text) {
  return [...text.matchAll(/^deb[ \t]+(?:\[([^\]]*)\][ \t]+)?(\S+)[ \t]+(\S+)[ \t]+(.+)$/gm)].map(
    ([, options = "", uri, suite, components]) => ({
      uri,
      suites: [suite],
      components: components.trim().split(/[ \t]+/),
      signedBy: /signed-by=(\S+)/.exec(options)?.[1],
    }),
  );
}

function isLavapipeIcd(name) {
  return /^lvp_icd.*\.json$/.test(name);
}

function installedMesa() {
  try {
    return major(command("dpkg-query", ["-W", "-f", "${Version}", "mesa-vulkan-drivers"]));
  } catch {
    return 0;
  }
}

function systemHasVulkanLoader() {
  return ["/usr/lib", "/usr/lib64", "/lib"].some((lib) =>
    [lib, ...find(lib, (name) => name.endsWith("-linux-gnu"), false)].some((f) =>
      existsSync(join(f, "libvulkan.so.1")),
    ),
  );
}

function major(version) {
  return Number.parseInt(version.replace(/^\d+:/, ""), 10);
}

function find(folder, matches, recursive = true) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive })
    .map(String)
    .filter((path) => matches(path.split("/").at(-1)))
    .map((path) => join(folder, path));
}

function command(name, args) {
  try {
    return execFileSync(name, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const lastLine = String(error.stderr ?? "")
      .trim()
      .split("\n")
      .at(-1);
    throw new Missing(`${name} ${args.at(-1)} failed: ${lastLine || error.message}`);
  }
}
