"""Charts out of a folder of clones of public repositories: where they lie, what they depend on, packaged with a real helm.

A clone is any git directory below the folder, bare or not; its name is OWNER+NAME (a bare clone may lie in OWNER+NAME/repo).
A dependency is taken from its folder (`file://`), else from the clones themselves: from a tag that names chart and version,
an archive in a tree, or the chart at HEAD, whichever is the newest that the constraint admits. Nothing is asked of a network,
nothing is made up: a chart with a dependency that no clone has is told as such and left out.
"""
import io, os, pathlib, re, shutil, subprocess, tarfile

import yaml


def git(directory, *argv, check=True):
    r = subprocess.run(["git", f"--git-dir={directory}", *argv], capture_output=True, check=False)
    if check and r.returncode:
        raise OSError(f"git {' '.join(argv)}: {r.stderr.decode(errors='replace').strip()}")
    return r.stdout


# ---------------------------------------------------------------- versions
def version_key(text):
    """Orders versions: three numbers, then a release before its pre-releases."""
    core, _, pre = text.strip().lstrip("v").split("+")[0].partition("-")
    numbers = [int(x) if x.isdigit() else 0 for x in core.split(".")] + [0, 0, 0]
    return numbers[:3], pre == "", pre


def admits(constraint, version):
    """Whether a constraint as charts write them admits a version; the grammar of Masterminds, as far as charts use it."""
    if "-" in version and "-" not in constraint:
        return False
    have = version_key(version)
    return any(all(admits_one(c, have) for c in re.findall(r"(?:[<>=!~^]+\s*)?[^\s,<>=!~^]+", part.replace(" - ", " <=")))
               for part in constraint.split("||"))


def admits_one(text, have):
    operator, wanted = re.match(r"([<>=!~^]*)\s*(.*)", text.strip()).groups()
    core, dash, pre = wanted.lstrip("v").split("+")[0].partition("-")
    said = [x for x in core.split(".")]
    fixed = next((i for i, x in enumerate(said) if x in ("*", "x", "X", "")), len(said))
    low = version_key(".".join(x if i < fixed else "0" for i, x in enumerate(said)) + dash + pre)
    if operator in (">", ">=", "<", "<=", "!="):
        return {">": have > low, ">=": have >= low, "<": have < low, "<=": have <= low, "!=": have != low}[operator]
    if operator == "^":
        same = next((i + 1 for i in range(3) if low[0][i]), 3)
        return have >= low and have[0][:min(same, max(fixed, 1))] == low[0][:min(same, max(fixed, 1))]
    if operator == "~":
        return have >= low and have[0][:min(2, fixed)] == low[0][:min(2, fixed)]
    return have[0][:fixed] == low[0][:fixed] if fixed < 3 else have == low


# ---------------------------------------------------------------- clones
class Found:
    """A chart that a clone has: at a commit as a folder, or as an archive in the tree."""

    def __init__(self, clone, commit, path, name, version, archive=False):
        self.clone, self.commit, self.path, self.name, self.version, self.archive = clone, commit, path, name, version, archive


class Clone:
    def __init__(self, name, directory):
        self.name, self.directory = name, directory
        self.paths = git(directory, "ls-tree", "-r", "--name-only", "-z", "HEAD").decode(errors="replace").split("\0")
        self.charts = list(self.read_charts())
        self.archives = [Found(self, "HEAD", p, m[1], m[2], archive=True) for p in self.paths
                         if (m := re.match(r"(.+?)-(v?\d+\.\d+\.\d+[^/]*)\.tgz$", p.rsplit("/", 1)[-1]))]

    def read_charts(self):
        """The charts at HEAD that stand for themselves: no subcharts, no fixtures, one for each name."""
        roots, names = [], set()
        for path in sorted((p for p in self.paths if p == "Chart.yaml" or p.endswith("/Chart.yaml")), key=lambda p: (p.count("/"), p)):
            folder = path.removesuffix("Chart.yaml").rstrip("/")
            if any(not r or folder.startswith(r + "/") for r in roots):
                continue
            if re.search(r"(?i)(^|/)[^/]*(tests?|testdata|fixtures?|examples?|samples?|templates?|archived?)(/|$)", folder):
                continue
            metadata = self.yaml(path)
            if not isinstance(metadata, dict) or not metadata.get("name") or not metadata.get("version"):
                continue
            roots.append(folder)
            if metadata["name"] not in names:
                names.add(metadata["name"])
                yield Found(self, "HEAD", folder, metadata["name"], str(metadata["version"]))

    def yaml(self, path, commit="HEAD"):
        try:
            return yaml.safe_load(self.read(path, commit))
        except (yaml.YAMLError, OSError):
            return None

    def read(self, path, commit="HEAD"):
        return git(self.directory, "show", f"{commit}:{path}")

    def tags(self):
        """(chart, version, tag) of the tags that name a chart and a version."""
        for tag in git(self.directory, "for-each-ref", "--format=%(refname:short)", "refs/tags").decode(errors="replace").split():
            m = re.match(r"(.+?)[-/]v?(\d+\.\d+\.\d+.*)$", tag)
            if m:
                yield m[1].rsplit("/", 1)[-1], m[2], tag

    def extract(self, commit, path, into):
        into.mkdir(parents=True, exist_ok=True)
        data = git(self.directory, "archive", "--format=tar", commit, *([path] if path else []))
        with tarfile.open(fileobj=io.BytesIO(data)) as t:
            t.extractall(into, filter=lambda m, d: m if m.isfile() or m.isdir() or m.issym() else None)
        return into / path if path else into


class Clones:
    def __init__(self, folder, work, helm, only=None):
        self.work, self.helm, self.all, self.problems = pathlib.Path(work), helm, {}, []
        for entry in sorted(pathlib.Path(folder).iterdir()):
            directory = next((d for d in (entry / "repo", entry / "repo" / ".git", entry / ".git", entry) if (d / "objects").is_dir()), None)
            if directory and (only is None or entry.name in only):
                try:
                    self.all[entry.name] = Clone(entry.name, directory)
                except OSError as error:
                    self.problems.append(f"{entry.name}: {error}")
        self.offers, self.packed = {}, {}
        for clone in self.all.values():
            at_head = {c.name: c for c in clone.charts}
            for found in [*clone.charts, *clone.archives]:
                self.offers.setdefault(found.name, []).append(found)
            for name, version, tag in clone.tags():
                if name in at_head:
                    self.offers.setdefault(name, []).append(Found(clone, tag, at_head[name].path, name, version))

    def find(self, name, constraint, where, near):
        """The newest chart of that name that the constraint admits, of the owner that the repository's address names if it does."""
        offers = self.offers.get(name, [])
        words = [word for word in re.split(r"[/.:@]+", where.lower()) if len(word) > 3]
        named = [f for f in offers if (owner := f.clone.name.lower().partition("+")[0]) in where.lower()
                 or any(owner.startswith(word) for word in words)]
        fitting = [f for f in named or offers if admits(constraint, f.version)]
        return max(fitting, key=lambda f: (version_key(f.version), f.clone is near, f.commit != "HEAD"), default=None)

    def package(self, found, into, depth=0):
        """-> (archive, None) or (None, why there is none)"""
        key = found.clone.name, found.commit, found.path
        if key not in self.packed:
            self.packed[key] = (None, "depends on itself")
            self.packed[key] = self.make(found, depth)
        archive, why = self.packed[key]
        if archive and into:
            into.mkdir(parents=True, exist_ok=True)
            archive = pathlib.Path(shutil.copy(archive, into))
        return archive, why

    def make(self, found, depth):
        place = self.work / "packages" / found.clone.name / re.sub(r"[^A-Za-z0-9.+-]", "_", found.commit) / str(len(self.packed))
        place.mkdir(parents=True, exist_ok=True)
        if found.archive:
            archive = place / found.path.rsplit("/", 1)[-1]
            archive.write_bytes(found.clone.read(found.path, found.commit))
            return archive, None
        tree = self.work / "trees" / found.clone.name / str(len(self.packed))
        try:
            folder = found.clone.extract(found.commit, found.path, tree)
            if any(p.is_symlink() and not p.exists() for p in folder.rglob("*")):  # a link into the rest of the repository
                found.clone.extract(found.commit, "", tree)
            wanted = self.dependencies(folder)
        except (OSError, yaml.YAMLError, tarfile.TarError) as error:
            return None, str(error).splitlines()[0]
        for dependency in wanted:
            why = self.put_dependency(found, folder, dependency, depth)
            if why:
                return None, why
        home = self.work / "helm"
        environment = {**os.environ, "HOME": str(home), **{f"HELM_{k}_HOME": str(home / k.lower()) for k in ("CACHE", "CONFIG", "DATA")}}
        r = subprocess.run([self.helm, "package", folder, "-d", place], env=environment, capture_output=True, text=True)
        shutil.rmtree(tree)
        if r.returncode:
            return None, "helm package: " + " ".join(r.stderr.split())[:300]
        return next(place.glob("*.tgz")), None

    @staticmethod
    def dependencies(folder):
        wanted = (yaml.safe_load((folder / "Chart.yaml").read_bytes()) or {}).get("dependencies")
        if wanted is None and (folder / "requirements.yaml").is_file():
            wanted = (yaml.safe_load((folder / "requirements.yaml").read_bytes()) or {}).get("dependencies")
        return wanted or []

    def put_dependency(self, found, folder, dependency, depth):
        name, wanted, where = dependency["name"], str(dependency.get("version") or "*"), dependency.get("repository") or ""
        charts = folder / "charts"
        vendored = [charts / name / "Chart.yaml", *charts.glob(f"{name}-[0-9v]*.tgz")]
        if any(p.is_file() for p in vendored):
            return None
        if where.startswith("file://"):
            path = os.path.normpath(os.path.join(found.path, where[7:]))
            sub = Found(found.clone, found.commit, "" if path == "." else path, name, wanted)
        else:
            sub = self.find(name, wanted, where, found.clone)
        if sub is None or depth > 8:
            return f"no clone has {name} {wanted}"
        archive, why = self.package(sub, charts, depth + 1)
        return why and f"{name} {wanted}: {why}" if archive is None else None
