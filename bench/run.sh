#!/usr/bin/env bash
# Measures on this machine, prints the figures, and writes them into their section of bench/README.md.
#   bench/run.sh                                  all parts, one after another
#   bench/run.sh start-up [ROUNDS]                start-up, status and a large catalogue; default: 15 readings of each program
#   bench/run.sh PART [--rounds N] [--count N]    a part of the fleet: databases, schemas, nothing, resume, saves, restores, swaps,
#                                                 declared; default: 5 rounds
#                [--large-rounds N]               of schemas, those with 10,000
# With --print before the part the figures are printed only: for trying with a small count.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

parts=(start-up databases schemas nothing resume saves restores swaps declared)
print=''
if [ "${1:-}" = --print ]; then print=yes; shift; fi
if [ $# -gt 0 ]; then
  [[ " ${parts[*]} " == *" $1 "* ]] || { sed -n '2,8s/^# //p' bench/run.sh >&2; exit 2; }
  parts=("$1")
  shift
fi

machine() {
  local cpu memory system postgres files
  cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
  memory=$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)
  system=$(. /etc/os-release && echo "$PRETTY_NAME, Linux $(uname -r | cut -d - -f 1)")
  postgres=$(PATH="$PATH:$(printf '%s:' /usr/lib/postgresql/*/bin)" postgres --version | sed 's/^postgres (PostgreSQL) //')
  files=$(stat -f -c %T "${TMPDIR:-/tmp}")
  cat <<TABLE
| | |
|---|---|
| date | $(date -u +%Y-%m-%d) |
| commit | $commit_begun |
| processor | ${cpu:-$(uname -m)}, $(nproc) cores |
| memory | $memory |
| system | $system |
| .NET | $(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \([^ ]*\).*/\1/p' | tail -n 1) |
| PostgreSQL | $postgres; its files on $files |
| load average at the start, at the end | $load, $(cut -d ' ' -f 1 /proc/loadavg) |

TABLE
}

# What was built, whatever happens in the repository while it is measured.
commit() {
  local changed=''
  git diff --quiet HEAD -- . ':!bench/README.md' || changed=', with changes'
  echo "$(git rev-parse --short HEAD)$changed"
}

measure() {
  local part=$1
  shift
  if [ "$part" = start-up ]; then
    bench/Measure/bin/Release/net10.0/Measure "$@"
  else
    bench/Fleet/bin/Release/net10.0/Fleet "$part" "$@"
  fi
}

# All between a part's two marks was written by this script; all else by hand.
write() {
  local part=$1 figures=$2 report
  report=$(awk -v part="$part" -v figures="$figures" '
    $0 == "<!-- end of " part " -->" { inside = 0 }
    !inside { print }
    $0 == "<!-- " part " -->" { inside = 1; while ((getline line < figures) > 0) print line }' bench/README.md)
  printf '%s\n' "$report" > bench/README.md
}

eng/install.sh
if [ "${parts[*]}" != start-up ]; then bench/peers/install.sh; fi
eng/build.sh --verbosity quiet
commit_begun=$(commit)
figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
for part in "${parts[@]}"; do
  load=$(cut -d ' ' -f 1 /proc/loadavg)
  measured=$(measure "$part" "$@")
  { machine; printf '%s\n' "$measured"; } > "$figures"
  if [ -z "$print" ]; then write "$part" "$figures"; fi
  cat "$figures"
done
