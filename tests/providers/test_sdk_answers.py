"""What services answer besides pictures, and that a library without limits is held to some all the same."""

import subprocess
import sys
import threading
from dataclasses import replace

import pytest

from audobon_cli.domain.providers import Billed
from audobon_cli.providers.protocol import FailureKind, ProviderFailure
from audobon_cli.providers.services import registry
from tests.conftest import Audobon
from tests.doubles.service import Fault, Reply
from tests.providers.rigs import AzureRig, HuggingFaceRig, Rig, VertexRig
from tests.providers.sdk_rigs import SDK_RIGS, at, code, draw, submit
from tests.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.loopback


def _changed(reply: Reply, **values: object) -> Fault:
    return Fault("change", "submit", change=lambda _: replace(reply, **values))  # type: ignore[arg-type]


BODIES = (b"{}", b"[]", b"null", b"{", b'{"data": [null], "candidates": [{}], "images": [7]}')


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_an_answer_without_a_picture_is_no_crash(kind: type[Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    with at(kind, monkeypatch) as rig:
        for number, body in enumerate(BODIES, 1):
            rig.double.faults[:] = [_changed(Reply(), body=body)]
            with pytest.raises(ProviderFailure) as raised:
                submit(rig)
            assert raised.value.kind is FailureKind.BAD_ANSWER, body
            assert raised.value.billed is not Billed.NO
            assert len(rig.double.asked_in("submit")) == number


@pytest.mark.parametrize("kind", [AzureRig, VertexRig, HuggingFaceRig])
def test_a_compressed_answer_is_not_unpacked(kind: type[Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    with at(kind, monkeypatch) as rig:
        rig.double.faults.append(_changed(Reply(), body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}))
        with pytest.raises(ProviderFailure, match="compressed") as raised:
            submit(rig)
        assert raised.value.kind is FailureKind.BAD_ANSWER


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_a_redirect_takes_neither_key_nor_request_along(
    kind: type[Rig], monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(kind, monkeypatch) as rig:
        where = {"Location": f"http://localhost:{rig.double.port}/elsewhere"}
        rig.double.faults.append(Fault("change", "submit", change=lambda _: Reply(302, headers=where)))
        with pytest.raises(ProviderFailure):
            submit(rig)
        assert len(rig.double.asked_in("submit")) == 1
        elsewhere = [asked for asked in rig.double.log if asked.path == "/elsewhere"]
        assert not any(rig.double.key in str(asked.headers) for asked in elsewhere)


@pytest.mark.parametrize("kind", SDK_RIGS)
def test_silence_ends_with_the_time_of_the_picture(kind: type[Rig], monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    with at(kind, monkeypatch) as rig:

        def silent(reply: Reply) -> Reply:
            over.wait(PATIENCE_SECONDS)
            return reply

        rig.double.faults.append(Fault("change", "submit", change=silent))
        for seconds in (1, 5, 25, 125):  # a machine that is busy may not come to ask in a second
            with pytest.raises(ProviderFailure) as raised:
                submit(rig, seconds)
            if rig.double.asked_in("submit"):
                break
        over.set()
        assert raised.value.kind is FailureKind.TIMED_OUT
        assert len(rig.double.asked_in("submit")) == 1


def test_vertex_refuses_a_prompt(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(VertexRig, monkeypatch) as rig:
        rig.double.safety = "prompt"
        ran = draw(audobon, rig)
        assert code(ran) == "provider.moderated"
        assert "PROHIBITED_CONTENT" in ran.json["error"]["message"]


def test_azure_with_an_empty_account_is_not_asked_again(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(AzureRig, monkeypatch) as rig:
        rig.double.spent = True
        assert code(draw(audobon, rig)) == "provider.quota"
        assert len(rig.double.log) == 1


def _as_router(rig: HuggingFaceRig, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.delenv("HF_INFERENCE_ENDPOINT")
    monkeypatch.setattr(constants, "INFERENCE_PROXY_TEMPLATE", f"{rig.double.address}/{{provider}}")


@pytest.mark.parametrize(
    ("model", "path"),
    [("flux-schnell", "/nscale/v1/images/generations"), ("flux-dev", "/fal-ai/fal-ai/flux/dev")],
)
def test_partners_draw_through_the_router(
    model: str, path: str, audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(HuggingFaceRig, monkeypatch) as rig:
        _as_router(rig, monkeypatch)
        shown = audobon("providers", "test", "huggingface", "--dry-run", "--model", model, "--json")
        assert shown.data["request"]["url"] == rig.double.address + path
        assert not rig.double.log
        ran = draw(audobon, rig, "--model", model)
        assert ran.status == 0, ran.out
        assert rig.double.asked_in("submit")[0].path == path
        assert not any("Authorization" in asked.headers for asked in rig.double.asked_in("fetch"))


def test_a_picture_that_fal_blackened_is_a_refusal(audobon: Audobon, monkeypatch: pytest.MonkeyPatch) -> None:
    with at(HuggingFaceRig, monkeypatch) as rig:
        _as_router(rig, monkeypatch)
        rig.double.safety = True
        assert code(draw(audobon, rig, "--model", "flux-dev")) == "provider.moderated"


def test_a_picture_that_cannot_be_fetched_was_paid_for(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(HuggingFaceRig, monkeypatch) as rig:
        _as_router(rig, monkeypatch)
        rig.double.faults.append(Fault("status", "fetch", status=404))
        ran = draw(audobon, rig, "--model", "flux-dev")
        assert code(ran) == "provider.bad_answer"
        assert ran.json["error"]["details"]["billed"] == "yes"
        assert len(rig.double.asked_in("submit")) == 1


def test_the_hub_has_its_own_client_again_afterwards(
    audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import get_session

    with at(HuggingFaceRig, monkeypatch) as rig:
        assert draw(audobon, rig, *rig.arguments).status == 0
    assert not get_session().is_closed
    assert len(get_session().event_hooks["response"]) == 0


SDKS = [("azure", "openai"), ("vertex", "google.genai"), ("bedrock", "botocore")]


@pytest.mark.parametrize(("provider", "package"), SDKS)
def test_a_missing_sdk_names_the_extra(
    provider: str, package: str, audobon: Audobon, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, registry.PROVIDERS[provider].partition(":")[0], raising=False)
    monkeypatch.setitem(sys.modules, package, None)
    if package == "google.genai":
        import google

        monkeypatch.delattr(google, "genai", raising=False)
    ran = audobon("generate", "a castle", "--provider", provider, "--yes", "--json")
    assert ran.status == 2, ran.out
    assert f"audobon-cli[{provider}]" in ran.json["error"]["hint"]


def test_no_sdk_is_imported_for_other_commands() -> None:
    program = (
        "import sys\nfrom audobon_cli.cli.main import run\nrun(['presets', 'styles', '--json'])\n"
        "print(sorted({'openai', 'botocore', 'boto3', 'google.genai', 'httpx2'} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "[]"
