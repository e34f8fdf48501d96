#!/usr/bin/env bash
# All tests: builds, checks the formatting, runs every test project, and says last how many passed.
#   eng/test.sh              everything
#   eng/test.sh --fast       without a database: seconds
set -euo pipefail
cd "$(dirname "$0")/.."

projects=(PluginUpgrade.Tests PluginUpgrade.PostgresTests PluginUpgrade.FaultTests)
if [ "${1:-}" = --fast ]; then projects=(PluginUpgrade.Tests); else eng/install.sh; fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

eng/build.sh
# Style and analyzers are part of the build.
if [ "${1:-}" != --fast ]; then dotnet format whitespace PluginUpgrade.sln --no-restore --verify-no-changes; fi

passed=0 failed=0 skipped=0 broken=0
for project in "${projects[@]}"; do
  log=$(mktemp)
  status=0
  "tests/$project/bin/Release/net10.0/$project" --no-progress --no-ansi | tee "$log" || status=$?
  count() { sed -n "s/^  $1: \([0-9]*\)\$/\1/p" "$log" | tail -n 1; }
  p=$(count succeeded) f=$(count failed) s=$(count skipped)
  rm -f "$log"
  # A project that ran nothing, or ended without a summary, has failed whatever it says.
  if [ -z "$p" ] || [ "$p" -eq 0 ] || { [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; }; then
    echo "$project ended with status $status and without a result." >&2
    broken=1
  fi
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0})) skipped=$((skipped + ${s:-0}))
done

if [ "$broken" -ne 0 ]; then failed=$((failed + 1)); fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
