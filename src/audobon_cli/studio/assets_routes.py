"""``/assets`` and ``/images``: what the library holds. All of it is only read."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from audobon_cli.domain.asset import Asset
from audobon_cli.domain.errors import BlobMissing, InvalidInput, PictureUnreadable
from audobon_cli.domain.ids import ASSET_ID_ALPHABET, ASSET_ID_LENGTH, AssetId
from audobon_cli.library.add import show_asset
from audobon_cli.library.paging import Order, Paging
from audobon_cli.library.select import find_assets, find_positions
from audobon_cli.library.store.library import Library
from audobon_cli.library.store.positions import LEAST_STEP, MOST_STEP
from audobon_cli.library.thumbnails import thumbnail
from audobon_cli.studio.ranges import bytes_response

LONGEST_QUERY = 1_000
"""Characters of a query in an address."""
MOST_ASSETS = 500
"""Of one page."""
USUAL_ASSETS = 100

MEDIA_TYPES = {
    "png": "image/png", "apng": "image/apng", "webp": "image/webp", "jpeg": "image/jpeg", "gif": "image/gif",
    "bmp": "image/bmp", "svg": "image/svg+xml", "wav": "audio/wav", "flac": "audio/flac", "ogg": "audio/ogg",
    "opus": "audio/ogg", "mp3": "audio/mpeg", "aiff": "audio/aiff",
}  # fmt: skip
"""Of the formats of assets; anything else is offered as a file to save."""

IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Of stored files: an SVG opened by itself runs no script and loads nothing."""
UNCHANGED = "private, max-age=31536000, immutable"
"""For an address that names the bytes."""


def list_assets(request: Request) -> JSONResponse:
    """``?query=&sort=&limit=&after=``: one page, as `audobon assets list --json`.

    Raises QueryInvalid, InvalidInput for what is no number, no order or no cursor.
    """
    asked = request.query_params
    text, order = _asked(request)
    limit = number(asked.get("limit", str(USUAL_ASSETS)), "limit", 1, MOST_ASSETS)
    page = find_assets(library_of(request), text, Paging(order, limit, asked.get("after") or None))
    return JSONResponse(
        {
            "assets": [asset.summary() for asset in page.assets],
            "total": page.total,
            "total_is_exact": page.total_is_exact,
            "after": page.after,
        }
    )


def list_positions(request: Request) -> JSONResponse:
    """``?query=&sort=&step=``: where each page of ``step`` assets begins, so that any of them can be asked for at once.

    ``after[k]`` is the cursor of the page behind the first ``(k + 1) * step``. Raises as list_assets does.
    """
    text, order = _asked(request)
    step = number(request.query_params.get("step", str(USUAL_ASSETS)), "step", LEAST_STEP, MOST_STEP)
    found = find_positions(library_of(request), text, order, step)
    return JSONResponse(
        {
            "step": found.step,
            "total": found.total,
            "total_is_exact": found.total_is_exact,
            "after": found.after,
        }
    )


def show_one(request: Request) -> JSONResponse:
    """One asset by its id, as `audobon assets show --json`; its folders are left out. Raises AssetNotFound."""
    library = library_of(request)
    details = show_asset(library, asset_of(request, library).id)
    found = details.asset
    data: dict[str, Any] = {
        **found.summary(),
        "recipe": found.recipe.to_dict() if found.recipe else None,
        "derivation": found.derivation.to_dict() if found.derivation else None,
        "metadata": found.metadata,
        "relations": [
            {"kind": str(r.kind), "source": r.source, "target": r.target} for r in details.relations
        ],
        "uses": {
            "assets": details.uses.to_dict()["assets"],
            "exports": [{"time": one.time.isoformat()} for one in details.uses.exports],
        },
    }
    return JSONResponse({"asset": data})


def stored_file(request: Request) -> Response:
    """The bytes of an asset, whole or a range of them. Raises AssetNotFound and BlobMissing."""
    library = library_of(request)
    asset = asset_of(request, library)
    if asset.blob not in library.blobs:
        raise BlobMissing(
            f"The stored file of {asset.id} is missing.", hint="run `audobon assets verify`", blob=asset.blob
        )
    kind = MEDIA_TYPES.get(asset.format)
    headers = {**_cached(request, asset), "Content-Security-Policy": IMAGE_POLICY}
    if kind is None:
        headers["Content-Disposition"] = f'attachment; filename="{asset.id}"'
    media_type = kind or "application/octet-stream"
    if library.keys is not None:
        return bytes_response(library.blobs.read(asset.blob), request, headers, media_type)
    return FileResponse(library.blobs.path(asset.blob), headers=headers, media_type=media_type)


def small_picture(request: Request) -> Response:
    """The thumbnail of an asset, a WebP of at most 128 x 128 pixels. Raises AssetNotFound, and PictureUnreadable for
    what has none (vectors, damaged files)."""
    library = library_of(request)
    asset = asset_of(request, library)
    data = thumbnail(library, asset)
    if data is None:
        raise PictureUnreadable(f"{asset.id} has no thumbnail.", hint="ask for the file itself")
    return Response(data, media_type="image/webp", headers=_cached(request, asset))


def number(text: str, name: str, low: int, high: int) -> int:
    """``text`` as a whole number within ``low`` and ``high``. Raises InvalidInput."""
    plain = text.isascii() and text.isdecimal() and len(text) < 12
    if not plain or not low <= int(text) <= high:
        raise InvalidInput(f"{name} must be a whole number from {low} to {high}.", hint="give such a number")
    return int(text)


def _asked(request: Request) -> tuple[str, Order]:
    """The query and the order of a request."""
    text = request.query_params.get("query", "")
    if len(text) > LONGEST_QUERY:
        raise InvalidInput(f"The query has more than {LONGEST_QUERY} characters.", hint="shorten it")
    given = request.query_params.get("sort")
    return text, _order(given or (Order.RELEVANCE if text.strip() else Order.NEWEST))


def _order(text: str) -> Order:
    try:
        return Order(text)
    except ValueError as error:
        raise InvalidInput("sort is no order.", hint=f"give one of {', '.join(Order)}") from error


def library_of(request: Request) -> Library:
    """The library that is shown."""
    library: Library = request.app.state.place.library
    return library


def asset_of(request: Request, library: Library) -> Asset:
    """The asset of exactly the id in the path: no name, no beginning, no path."""
    given = str(request.path_params["asset"])
    if len(given) != ASSET_ID_LENGTH or any(letter not in ASSET_ID_ALPHABET for letter in given):
        raise InvalidInput(
            f"An asset is named by its {ASSET_ID_LENGTH} letters and digits.",
            hint="/api/v1/assets lists them",
        )
    return library.assets.get(AssetId(given))


def _cached(request: Request, asset: Asset) -> dict[str, str]:
    """With ``?v=`` and the beginning of the blob the answer may be kept for good."""
    version = request.query_params.get("v", "")
    named = len(version) >= 12 and asset.blob.startswith(version)
    return {"Cache-Control": UNCHANGED if named else "private, no-cache"}
