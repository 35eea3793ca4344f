#!/usr/bin/env python3
"""Twenty real charts, each with three sets of values, rendered by helmlock and by three versions of Helm.

The charts come from a folder of clones (clones.py says what that is) and are packaged by the oracle's helm4 at the newest
version there. Each is rendered with default values, with values that its own repository tests it with, and with
tests/real/values/NAME.yaml. charts.py does the rest: four charts from a docker-registry, the others from nginx, one helmfile
over all, every release against `helm template`, then `helmlock compare` over the same releases.

    twenty.py --clones DIR --oracle DIR --helmlock BIN --work DIR [--helms helm4,helm3_22,helm3_19]
"""
import argparse, json, pathlib, re, subprocess, sys

import yaml

import clones

HERE = pathlib.Path(__file__).resolve().parent
OCI = ["redis", "metrics-server", "external-dns", "vault"]

# chart -> (clone, the file of values that the repository has for its tests, where it lies if not in that clone at HEAD)
CHARTS = {
    "kube-prometheus-stack": ("prometheus-community+helm-charts", "charts/kube-prometheus-stack/ci/03-non-defaults-values.yaml"),
    "prometheus": ("prometheus-community+helm-charts", "charts/prometheus/ci/06-server-sts-values.yaml"),
    "grafana": ("grafana-community+helm-charts", "charts/grafana/ci/with-dashboard-values.yaml"),
    "loki": ("grafana-community+helm-charts", "charts/loki/ci/non-default-values.yaml"),
    "argo-cd": ("argoproj+argo-helm", "charts/argo-cd/ci/ha-autoscaling-values.yaml"),
    "argo-workflows": ("argoproj+argo-helm", "charts/argo-workflows/ci/enable-ingress-values.yaml"),
    "ingress-nginx": ("kubernetes+ingress-nginx", "charts/ingress-nginx/ci/controller-daemonset-metrics-values.yaml"),
    "vault": ("hashicorp+vault-helm", "test/acceptance/server-test/annotations-overrides.yaml"),
    "consul": ("hashicorp+consul-k8s", "charts/consul/test/unit/server-statefulset.bats"),
    "jenkins": ("jenkinsci+helm-charts", "charts/jenkins/ci/other-values.yaml"),
    "traefik": ("traefik+traefik-helm-chart", "traefik/tests/values/extra.yaml"),
    "harbor": ("goharbor+harbor-helm", "test/unittest/core/core_tls_test.yaml"),
    # bitnami took the values of its tests out of the tree; the tags before that have them
    "redis": ("bitnami+charts", ".vib/redis/runtime-parameters.yaml", "redis/23.0.2"),
    "postgresql": ("bitnami+charts", ".vib/postgresql/runtime-parameters.yaml", "postgresql/16.7.27"),
    "nginx": ("bitnami+charts", ".vib/nginx/runtime-parameters.yaml", "nginx/21.1.23"),
    "istiod": ("istio+istio", "istioctl/pkg/kubeinject/testdata/inject-values.yaml"),
    "datadog": ("DataDog+helm-charts", "charts/datadog/ci/agent-otel-collector-values.yaml"),
    "external-dns": ("kubernetes-sigs+external-dns", "charts/external-dns/ci/ci-values.yaml"),
    "metrics-server": ("kubernetes-sigs+metrics-server", "charts/metrics-server/ci/tls-certManager-values.yaml"),
    "cilium": ("cilium+charts", "contrib/testing/kind-clustermesh1.yaml", "cilium+cilium"),
}

# charts whose tree at HEAD is not a release of theirs: what the tags of their releases look like
RELEASES = {"consul": r"v\d+\.\d+\.\d+", "harbor": r"v\d+\.\d+\.\d+", "istiod": r"\d+\.\d+\.\d+",
            "external-dns": r"external-dns-helm-chart-\d+\.\d+\.\d+"}


def main():
    a = arguments()
    work = pathlib.Path(a.work).resolve()
    charts, values, oracle = work / "charts", work / "values", pathlib.Path(a.oracle).resolve()
    if not a.packaged:
        package(a.clones, work, charts, values, oracle / "helm4")
    failed = False
    for helm in a.helms.split(","):
        result = work / f"{helm}.json"
        r = subprocess.run([sys.executable, HERE / "charts.py", "--helm", oracle / helm, "--charts", charts, "--values", values,
                            "--helmlock", a.helmlock, "--work", work / helm, "--json", result, "--oci", ",".join(OCI), "--compare",
                            "--refusals", "--jobs", str(a.jobs), "--timeout", "300"])
        failed |= r.returncode != 0
        if result.exists():
            rows = json.loads(result.read_text())
            print(f"== {helm}: {sum(row['equal'] for row in rows)}/{len(rows)} renderings equal ({sum(row['refused'] for row in rows)} that both refuse), "
                  f"{sum(row['random_lines'] for row in rows)} lines random in Helm itself, {sum(row['bytes'] for row in rows)} bytes")
    return int(failed)


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--clones", "--oracle", "--helmlock", "--work"):
        p.add_argument(name, required=True)
    p.add_argument("--helms", default="helm4,helm3_22,helm3_19")
    p.add_argument("--jobs", type=int, default=2)
    p.add_argument("--packaged", action="store_true", help="WORK/charts and WORK/values are from an earlier run")
    return p.parse_args()


def package(folder, work, charts, values, helm):
    """WORK/charts and WORK/values, as charts.py wants them."""
    for place in (charts, values):
        place.mkdir(parents=True, exist_ok=True)
        for old in place.iterdir():
            old.unlink()
    all_clones = clones.Clones(folder, work / "packaging", helm)
    for problem in all_clones.problems:
        print(problem)
    for name, (clone, theirs, *where) in CHARTS.items():
        archive, why = all_clones.package(newest(all_clones.all[clone], name), charts)
        if archive is None:
            sys.exit(f"{name}: {why}")
        at = where[0] if where else "HEAD"
        try:
            text = all_clones.all[at].read(theirs) if at in all_clones.all else all_clones.all[clone].read(theirs, at)
        except OSError as error:
            sys.exit(f"{name}: {error}")
        head = f"# namespace: {name}\n".encode()
        (values / f"{name}--theirs.yaml").write_bytes(head + as_values(theirs, text))
        (values / f"{name}.yaml").write_bytes((HERE / "values" / f"{name}.yaml").read_bytes())
        print("packaged", archive.name)


def as_values(path, text):
    """A file of values behind the end of its head; of a test suite that has none, what one of its tests sets."""
    if path.endswith(".bats"):  # the test that sets most
        sets = [re.findall(r"--set '([^']+)'", test) for test in text.decode().split("@test ")]
        return "".join(f"# set: {one}\n" for one in max(sets, key=len)).encode() + b"\n"
    if "unittest" in path:
        text = yaml.safe_dump(yaml.safe_load(text)["tests"][0]["set"]).encode()
    return b"\n" + text  # the empty line ends what charts.py takes for itself


def newest(clone, name):
    """The chart at HEAD, or at its newest release; the newest archive if the clone is a folder of archives."""
    at_head = [c for c in clone.charts if c.name == name]
    released = [c for c in clone.archives if c.name == name and "-" not in c.version]
    found = at_head[0] if at_head else max(released, key=lambda c: clones.version_key(c.version))
    if name in RELEASES:
        tags = clones.git(clone.directory, "tag").decode().split()
        found.commit = max((t for t in tags if re.fullmatch(RELEASES[name], t)), key=lambda t: clones.version_key(t.rsplit("-", 1)[-1]))
    return found


if __name__ == "__main__":
    sys.exit(main())
