"""Licences are told by what they ask for, the unknown first."""

import pytest

from audobon_cli.credits.licences import LicenceTerm, terms_of
from tests.conftest import Audobon
from tests.credits.test_credits import painted

pytestmark = pytest.mark.usefixtures("fake_engine")


@pytest.mark.parametrize(
    ("licence", "terms"),
    [
        ("", [LicenceTerm.UNKNOWN]),
        ("unknown", [LicenceTerm.UNKNOWN]),
        ("as its model card says", [LicenceTerm.UNKNOWN]),
        ("MIT", []),
        ("Apache-2.0 (training data: see the model card)", []),
        ("CC-BY-4.0", []),
        ("CC0-1.0", []),
        ("BSD-3-Clause", []),
        ("CC-BY-NC-SA-4.0", [LicenceTerm.NON_COMMERCIAL, LicenceTerm.SHARE_ALIKE]),
        ("cc by-nd 3.0", [LicenceTerm.NO_DERIVATIVES]),
        ("CC-BY-SA-3.0", [LicenceTerm.SHARE_ALIKE]),
        ("LGPL-2.1-or-later", [LicenceTerm.SHARE_ALIKE]),
        ("FLUX.1 [dev] Non-Commercial License (access must be granted on its page)", [LicenceTerm.NON_COMMERCIAL]),
        ("Stability AI Community License", [LicenceTerm.CONDITIONS]),
        ("CreativeML Open RAIL++-M", [LicenceTerm.CONDITIONS]),
        ("NVIDIA License (NSCL v2-custom; not for commercial use), and the Gemma Terms of Use",
         [LicenceTerm.NON_COMMERCIAL, LicenceTerm.CONDITIONS]),
    ],
)  # fmt: skip
def test_names_of_licences_say_what_they_ask_for(licence: str, terms: list[LicenceTerm]) -> None:
    assert list(terms_of(licence)) == terms


def test_a_report_and_a_build_that_fails(audobon: Audobon) -> None:
    audobon("generate", "dragon", "--seed", "1", "--out", "art/")
    painted("tree", Author="Ann", License="CC-BY-NC-4.0")
    painted("bush", Author="Bob", License="CC0-1.0")
    painted("stone")
    audobon("assets", "import", "tree.png", "bush.png", "stone.png")
    audobon("sprite", "outline", "tree", "--name", "edged")
    ran = audobon("assets", "licences", "edged", "bush", "stone", "--json")
    assert ran.status == 0, ran.err
    files = [one for one in ran.data["licences"] if one["subject"] == "file"]
    assert [(one["name"], one["whose"], one["terms"]) for one in files] == [
        ("stone", "", ["unknown"]),
        ("tree", "Ann", ["non-commercial"]),
        ("bush", "Bob", []),
    ]
    assert ran.data["counts"]["unknown"] >= 1
    ran = audobon("assets", "licences", "bush", "edged", "--fail-on", "non-commercial", "--json")
    assert (ran.status, ran.json["error"]["code"]) == (3, "licences.refused")
    assert "tree" in ran.json["error"]["details"]["names"]
    whole = audobon("assets", "licences", "--json").data
    assert {"model", "file"} <= {one["subject"] for one in whole["licences"]}
    assert audobon("assets", "licences", "bush", "--fail-on", "free").status == 2
