"""A provider that fails is not the end of a picture while the request names another place."""

from collections.abc import Callable
from typing import Any, TypeVar

from audobon_cli.domain.errors import OutOfMemory, ProviderError
from audobon_cli.domain.events import Listener, ProviderFellBack
from audobon_cli.domain.request import ResolvedRequest

T = TypeVar("T")

FailedProviders = tuple[tuple[str, str], ...]
"""The providers that failed at a picture, each with the code of its error."""


def with_provider_fallback(
    asked: ResolvedRequest,
    index: int,
    listen: Listener,
    make: Callable[[ResolvedRequest, FailedProviders], T],
) -> T | ProviderError | OutOfMemory:
    """What ``make`` gives for the first of the request's places at which it does not fail.

    It fails by a ProviderError, or here by OutOfMemory. Returns the last error where only this picture is lost;
    raises it where the next picture would fail alike. A refusal by a safety system is not taken elsewhere.
    """
    places = (asked, *asked.fallbacks)
    failed_providers: FailedProviders = ()
    for place, following in zip(places, (*asked.fallbacks, None), strict=True):
        try:
            return make(place, failed_providers)
        except (ProviderError, OutOfMemory) as error:
            ends_run = isinstance(error, ProviderError) and error.ends_run
            if following is None and ends_run:
                raise
            if following is None or (isinstance(error, ProviderError) and not error.elsewhere):
                return error
            failed_providers = (*failed_providers, (place.provider, error.code))
            listen(ProviderFellBack(index, place.provider, following.provider, error.code, error.message))
    raise AssertionError("the last place returns or raises")


def merge_receipt(receipt: dict[str, Any] | None, failed_providers: FailedProviders) -> dict[str, Any]:
    """What a recipe says of the call that made a picture, and of the places that failed before."""
    failed = [{"provider": provider, "error": code} for provider, code in failed_providers]
    return {**(receipt or {}), **({"after": failed} if failed else {})}
