#!/usr/bin/env bash
# A step of a build: draw what is missing of a batch, check it, pack it, record it, prove it can be made again.
# Run it twice: the second run draws nothing, and the sheet comes out byte for byte the same.
set -euo pipefail
examples="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

audobon init --quiet
audobon generate --batch "$examples/sprites.toml" --out sprites/ --quiet
audobon sprite check kind:sprite --gate --quiet
audobon sprite sheet kind:sprite --name items --format json --out atlas/ --overwrite --quiet
audobon version commit -m "Sprites of build ${BUILD_NUMBER:-local}" --quiet
audobon reproduce kind:sprite --json
