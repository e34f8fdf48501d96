#!/usr/bin/env bash
# Measures start-up, status and a large catalogue on this machine, prints the figures, and writes them into bench/README.md.
#   bench/run.sh [ROUNDS]     default: 15 readings of each program, in turn
set -euo pipefail
cd "$(dirname "$0")/.."

eng/install.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dotnet build --configuration Release --verbosity quiet bench/Measure/Measure.csproj

machine() {
  local cpu memory system postgres commit
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
  system=$(. /etc/os-release && echo "$PRETTY_NAME, Linux $(uname -r | cut -d - -f 1)")
  postgres=$(PATH="$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)" postgres --version | sed 's/^postgres (PostgreSQL) //')
  commit=$(git rev-parse --short HEAD)
  if ! git diff --quiet HEAD -- . ':!bench/README.md'; then commit="$commit, with changes"; fi
  cat <<TABLE
| | |
|---|---|
| date | $(date -u +%Y-%m-%d) |
| commit | $commit |
| processor | ${cpu:-$(uname -m)}, $(nproc) cores |
| memory | $memory |
| system | $system |
| .NET | $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -n 1) |
| PostgreSQL | $postgres |
| load average at the start, at the end | $load, $(cut -d ' ' -f 1 /proc/loadavg) |

TABLE
}

load=$(cut -d ' ' -f 1 /proc/loadavg)
figures=$(bench/Measure/bin/Release/net10.0/Measure "$@")
# All up to the heading was written by hand; all after it by this script.
report=$(sed '/^## Figures$/,$d' bench/README.md; printf '## Figures\n\n'; machine; printf '%s\n' "$figures")
printf '%s\n' "$report" > bench/README.md
sed -n '/^## Figures$/,$p' bench/README.md
