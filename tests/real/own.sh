#!/usr/bin/env bash
# Renders the charts of this repository, and those of a benchmark folder if one is given, with helmlock and with the real
# helm, by way of charts.py. Needs python3 and a helm; brings no charts of others.
# usage: own.sh HELM HELMLOCK WORK [BENCHMARKS]      HELM is an executable, BENCHMARKS a folder with gen.py
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
helm=$1 helmlock=$2 work=$3 benchmarks=${4:-}
mkdir -p "$work/charts"
for chart in examples/*/charts/*/; do
  [[ -f $chart/Chart.yaml ]] && "$helm" package "$chart" -d "$work/charts" >/dev/null
done
if [[ -n $benchmarks && -f $benchmarks/gen.py ]]; then
  python3 "$benchmarks/gen.py" repo "$work/bench" --charts 1 --versions 1
  find "$work/bench" -name '*.tgz' -exec cp {} "$work/charts" \;
fi
# A release stands in the folder of values by its chart's name; those without a chart here are left out.
mkdir -p "$work/values"
for values in tests/real/values/*.yaml; do
  name=$(basename "$values" .yaml)
  if compgen -G "$work/charts/$name-[0-9]*.tgz" >/dev/null; then cp "$values" "$work/values"; fi
done
python3 tests/real/charts.py --helm "$helm" --charts "$work/charts" --values "$work/values" --helmlock "$helmlock" --work "$work/run"
