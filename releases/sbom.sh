#!/usr/bin/env bash
# Bills of materials of the images, as CycloneDX JSON, from what they are pinned to: `pip install cyclonedx-bom && releases/sbom.sh dist`.
# Each is validated against its schema before it is written. The same lock file gives the same bytes.
set -euo pipefail
out=$(realpath "${1:?the folder to write into}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
for image in cpu cuda; do
  cyclonedx-py requirements "containers/requirements-$image.txt" --pyproject pyproject.toml --mc-type application \
    --output-reproducible --output-format JSON --spec-version 1.6 --validate --output-file "$out/audobon-$image.cdx.json"
done
