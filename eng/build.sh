#!/usr/bin/env bash
# Builds everything, as it is tested, measured and run. Words for dotnet build may follow.
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# A package feed without the compiler for native code: everything works, and takes longer to start (docs/decisions/0014).
dotnet restore --verbosity quiet PluginUpgrade.sln || { export CompileAhead=false; dotnet restore PluginUpgrade.sln; }
dotnet build --no-restore --configuration Release "$@" PluginUpgrade.sln
