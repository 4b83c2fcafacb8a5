/** What a release changes in the files of the repository, as functions of their text. */

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;
const UNRELEASED = "## [Unreleased]";

function partsOf(version) {
  const parts = VERSION.exec(version)?.slice(1).map(Number);
  if (!parts) throw new RangeError(`a version must be of the form x.y.z, got ${version}`);
  return parts;
}

/** The version after `current`: `wanted` is patch, minor, major, or a later version. */
export function nextVersion(current, wanted) {
  const before = partsOf(current);
  const [major, minor, patch] = before;
  if (wanted === "patch") return `${major}.${minor}.${patch + 1}`;
  if (wanted === "minor") return `${major}.${minor + 1}.0`;
  if (wanted === "major") return `${major + 1}.0.0`;
  if (!VERSION.test(wanted ?? ""))
    throw new RangeError(`the release must be patch, minor, major or a version x.y.z, got ${wanted}`);
  const after = partsOf(wanted);
  const changed = after.findIndex((part, i) => part !== before[i]);
  if (changed < 0 || after[changed] < before[changed])
    throw new RangeError(`the version must be later than ${current}, got ${wanted}`);
  return wanted;
}

/** package.json or package-lock.json with another version of the package itself: one entry, or one and that of "". */
export function withVersion(json, version) {
  const manifest = JSON.parse(json);
  manifest.version = version;
  const root = manifest.packages?.[""];
  if (root) root.version = version;
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The changelog with what is unreleased under a heading of its own, of a date YYYY-MM-DD. */
export function withHeading(changelog, version, date) {
  const [before, after, ...more] = changelog.split(`${UNRELEASED}\n`);
  if (after === undefined || more.length > 0) throw new Error(`the changelog must have one line "${UNRELEASED}"`);
  if (/^\s*(## |$)/.test(after)) throw new Error("the changelog must say what is new: nothing is unreleased");
  if (changelog.includes(`\n## [${version}]`)) throw new Error(`the changelog has a heading for ${version} already`);
  return `${before}${UNRELEASED}\n\n## [${version}] - ${date}\n${after}`;
}
