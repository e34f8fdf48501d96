#!/usr/bin/env bash
# Sets up all that is needed on a Debian machine with the .NET SDK, makes an installation at version 1.001 with three instances that hold
# data, on the embedded server, and upgrades it to 1.004 for real.
#   eng/demo.sh [DIRECTORY]     default: krang-upgrade-demo in the directory for temporary files; it is made anew
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1:-${TMPDIR:-/tmp}/krang-upgrade-demo}

step() { printf '\n\033[1m%s\033[0m\n' "$*"; }
shown() { case $1 in *[!A-Za-z0-9._/=:-]*) printf " '%s'" "${1//\'/\'\\\'\'}" ;; *) printf ' %s' "$1" ;; esac; }
run() { printf '\n$ krang-upgrade'; for word in "$@"; do shown "$word"; done; printf '\n'; src/PluginUpgrade.Cli/bin/Release/net10.0/krang-upgrade "$@" --root "$root"; }

step 'Setting up: PostgreSQL and the build'
eng/install.sh
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
eng/build.sh --verbosity quiet

step "Making an installation in $root"
if [ -e "$root" ] && [ ! -e "$root/krang-upgrade.json" ]; then echo "$root exists and is no installation: not touched." >&2; exit 2; fi
rm -rf "$root"
mkdir -p "$root"
cp -r upgrade "$root/upgrade"
cat > "$root/krang-upgrade.json" <<'JSON'
{
  "Installation": { "Name": "demo", "Embedded": true },
  "Instances": {
    "acme":    { "Schema": "acme" },
    "globex":  { "Schema": "globex" },
    "initech": { "Database": "Database=initech", "Labels": { "ring": "canary" } }
  }
}
JSON
run --to 1.001 --yes
for instance in acme globex initech; do
  run psql "$instance" -c "INSERT INTO contributor (first_name, last_name) VALUES ('Sam', 'Tregar'), ('Agent', 'Zhang')" \
    -c "INSERT INTO story (contributor_id, title) VALUES (1, 'Upgrading $instance'), (2, 'Metamodels')"
done

step 'Before'
run status

step 'What the upgrade would do'
run plan --from 1.001 --to 1.004

step 'The upgrade'
run --from 1.001 --to 1.004 --yes

step 'After'
run status
run psql acme -c 'SELECT title, foo_id, display_name FROM story JOIN contributor USING (contributor_id)'
ls "$root/data"

step 'The same command again does nothing'
run --from 1.001 --to 1.004

printf '\nThe installation stays in %s. Try there:  history, modules, check, run V1_004 acme --again --dry-run\n' "$root"
