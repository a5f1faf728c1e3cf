#!/usr/bin/env bash
# A step of a build: draw what is missing of a batch, check it, pack it, record it, prove it can be made again.
# With BACKUP=/mnt/backup/art or gs://bucket/art, made once with `audobon backup init`, it ends with a backup.
# Run it twice: the second run draws nothing, and the sheet comes out byte for byte the same.
set -euo pipefail
examples="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

audobon init --quiet
audobon generate --batch "$examples/sprites.toml" --out sprites/ --quiet
audobon sprite check kind:sprite --fail --quiet
audobon sprite sheet kind:sprite --name items --format json --out atlas/ --overwrite --quiet
audobon version commit -m "Sprites of build ${BUILD_NUMBER:-local}" --quiet
if [ -n "${BACKUP:-}" ]; then
  audobon backup create --dest "$BACKUP" --quiet
fi
audobon reproduce kind:sprite --json
