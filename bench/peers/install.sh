#!/usr/bin/env bash
# Installs the programs that the fleet benchmark compares with: sqitch and alembic from Debian, dbmate and node-pg-migrate from npm, in
# exact versions and outside of the repository. Does nothing where they are there.
#   bench/peers/install.sh            installs
#   bench/peers/install.sh --where    says where npm's are
set -euo pipefail
cd "$(dirname "$0")/../.."

where=$(dirname "$(eng/servers.sh --cache)")/peers
if [ "${1:-}" = --where ]; then echo "$where"; exit 0; fi

sudo=''
if [ "$(id -u)" -ne 0 ]; then sudo='sudo'; fi
export DEBIAN_FRONTEND=noninteractive

has_debian() { command -v sqitch >/dev/null && command -v alembic >/dev/null && /usr/bin/python3 -c 'import psycopg2' 2>/dev/null; }

if ! has_debian || ! command -v npm >/dev/null; then
  # The ones that are there already stay as they are: npm need not be Debian's.
  packages=(sqitch libdbd-pg-perl alembic python3-psycopg2)
  command -v npm >/dev/null || packages+=(npm)
  $sudo apt-get update -q
  $sudo apt-get install -y -q --no-install-recommends "${packages[@]}"
fi

npm_packages='dbmate@2.36.0 node-pg-migrate@9.0.0 pg@8.16.3'
if [ "$(cat "$where/versions" 2>/dev/null)" != "$npm_packages" ]; then
  rm -rf "$where"
  mkdir -p "$where"
  # shellcheck disable=SC2086 # a word each
  (cd "$where" && npm install --silent --no-audit --no-fund --no-save --prefix . $npm_packages)
  echo "$npm_packages" > "$where/versions"
fi
