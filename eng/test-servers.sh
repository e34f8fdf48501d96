#!/usr/bin/env bash
# The end-to-end tests and the fault suites on every version of PostgreSQL that eng/install.sh --all-servers has put here, a line for each.
# All tests, those of the night among them; the fault suites with as many trials as for every commit, unless KRANG_SUITES says otherwise.
#   eng/test-servers.sh                13 to 18, those that are there
#   eng/test-servers.sh 13 17          only these
#   KRANG_PROJECTS=PluginUpgrade.PostgresTests eng/test-servers.sh    without the fault suites
set -euo pipefail
cd "$(dirname "$0")/.."

read -r -a projects <<<"${KRANG_PROJECTS:-PluginUpgrade.PostgresTests PluginUpgrade.FaultTests}"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
eng/build.sh --verbosity quiet

# Refused, and that is tested on a real one.
old="$(eng/servers.sh --cache)/12/package/native/bin"
if [ -x "$old/postgres" ]; then export KRANG_POSTGRES_OLD=$old; fi

logs=$(mktemp -d)
bad=0
lines=()
while read -r major bin; do
  if [ $# -gt 0 ] && [[ " $* " != *" $major "* ]]; then continue; fi
  for project in "${projects[@]}"; do
    log="$logs/$major-$project.log"
    begun=$SECONDS status=0
    KRANG_POSTGRES_BIN=$bin "tests/$project/bin/Release/net10.0/$project" --no-progress --no-ansi </dev/null >"$log" 2>&1 || status=$?
    count() { sed -n "s/^  $1: \([0-9]*\)\$/\1/p" "$log" | tail -n 1; }
    p=$(count succeeded) f=$(count failed) s=$(count skipped)
    lines+=("$("$bin/postgres" --version | awk '{ print $2, $3 }' | tr -d '()') $project: ${p:-0} passed, ${f:-?} failed, ${s:-0} skipped in $((SECONDS - begun)) s")
    echo "${lines[-1]}"
    # One that ran nothing, or ended without a summary, has failed whatever it says.
    if [ "$status" -ne 0 ] || [ "${p:-0}" -eq 0 ]; then
      bad=1
      grep -A 12 '^failed ' "$log" >&2 || tail -n 20 "$log" >&2
    fi
  done
done < <(eng/servers.sh)

printf '\n'
if [ ${#lines[@]} -eq 0 ]; then echo 'No server to test on: eng/install.sh --all-servers' >&2; exit 1; fi
printf '%s\n' "${lines[@]}"
rm -rf "$logs"
exit "$bad"
