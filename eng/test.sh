#!/usr/bin/env bash
# Builds, checks the formatting, runs the tests, and says last how many passed.
#   eng/test.sh              for every commit: tests of every kind, minutes (see docs/CONTRIBUTING.md)
#   eng/test.sh --nightly    all tests, and the fault suites with many trials: hours; KRANG_SUITES=release: still more trials
#   eng/test.sh --fast       without a database: seconds
set -euo pipefail
cd "$(dirname "$0")/.."

projects=(PluginUpgrade.Tests PluginUpgrade.PostgresTests PluginUpgrade.FaultTests)
export KRANG_SUITES=${KRANG_SUITES:-commit}
case "${1:-}" in
  --fast) projects=(PluginUpgrade.Tests) ;;
  --nightly) if [ "$KRANG_SUITES" = commit ]; then KRANG_SUITES=nightly; fi ;;
  '') ;;
  *) echo "eng/test.sh knows --nightly and --fast, and not '$1'." >&2; exit 2 ;;
esac
if [ "${1:-}" != --fast ]; then eng/install.sh; fi
# What is left to the night is filtered out: it is not counted, and not skipped.
filter=()
if [ "$KRANG_SUITES" = commit ]; then filter=(--filter-not-trait tier=nightly); fi
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

eng/build.sh
# Style and analyzers are part of the build.
if [ "${1:-}" != --fast ]; then dotnet format whitespace PluginUpgrade.sln --no-restore --verify-no-changes; fi

# Under cultures that write and sort otherwise: krang-upgrade's own words are the same on every machine.
runs=("${projects[@]}")
if [ "${1:-}" != --fast ]; then runs+=(PluginUpgrade.Tests:tr_TR.UTF-8 PluginUpgrade.Tests:fa_IR.UTF-8 PluginUpgrade.Tests:C); fi

passed=0 failed=0 skipped=0 broken=0
for run in "${runs[@]}"; do
  project=${run%%:*} culture=${run#"$project"}
  log=$(mktemp)
  status=0
  ${culture:+env LC_ALL="${culture#:}"} "tests/$project/bin/Release/net10.0/$project" --no-progress --no-ansi "${filter[@]}" | tee "$log" || status=$?
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
