"""File names by the Universal Category System: ``CatID_FXName_CreatorID_SourceID``.

https://universalcategorysystem.com: a CatID is the short name of a category in capitals and that of a subcategory
(``DOORWood``); a user's category may follow it behind a dash, a vendor's stands before the name with a dash.
"""

import re

from audobon_cli.dataclass import dataclass

_CAT_ID = re.compile(r"([A-Z]{2,5})([A-Z][a-z]+[A-Za-z0-9]*)")
_WORDS = re.compile(r"[^\W\d_]+", re.UNICODE)

CATEGORIES = {
    "AERO": "aircraft", "AIR": "air", "ALRM": "alarms", "AMB": "ambience", "ANML": "animals", "BEEP": "beeps",
    "BELL": "bells", "BIRD": "birds", "BLLT": "bullets", "BOAT": "boats", "CERM": "ceramics", "CHAN": "chains",
    "CLOC": "clocks", "CLTH": "cloth", "COMM": "communications", "CREA": "creatures", "CRWD": "crowds",
    "DEST": "destruction", "DIRT": "dirt", "DOOR": "doors", "DSGN": "designed", "ELEC": "electricity",
    "EXPL": "explosions", "FGHT": "fight", "FIRE": "fire", "FOLY": "foley", "FOOD": "food", "FEET": "footsteps",
    "FRWK": "fireworks", "GAME": "games", "GLAS": "glass", "GORE": "gore", "GUN": "guns", "HORN": "horns",
    "ICE": "ice", "LASR": "lasers", "LETH": "leather", "MACH": "machines", "MAGC": "magic", "MECH": "mechanical",
    "METL": "metal", "MOTR": "motors", "MUSC": "musical", "OBJ": "objects", "PAPR": "paper", "PLAS": "plastic",
    "RAIN": "rain", "ROBT": "robots", "ROCK": "rocks", "ROPE": "rope", "RUBR": "rubber", "SCI": "sci-fi",
    "SNOW": "snow", "SPRT": "sports", "SWSH": "swooshes", "TOOL": "tools", "TOON": "cartoon", "TOY": "toys",
    "TRN": "trains", "UI": "user interface", "VEGE": "vegetation", "VEH": "vehicles", "VOX": "voices",
    "WATR": "water", "WEAP": "weapons", "WIND": "wind", "WING": "wings", "WNDW": "windows", "WOOD": "wood",
    "WTHR": "weather",
}  # fmt: skip
"""Short names of categories and what they mean; others are kept as they are, in small letters."""


@dataclass(frozen=True, slots=True)
class UcsName:
    """What a name says: ``category`` as a path, ``words`` of the sound's name in small letters; the rest as written."""

    cat_id: str
    category: str
    fx_name: str
    creator: str
    source: str
    words: tuple[str, ...]
    user_category: str = ""
    vendor_category: str = ""
    user_data: str = ""


def ucs_name(stem: str) -> UcsName | None:
    """What the file name ``stem``, without its ending, says; None for one that is not of this system."""
    parts = stem.split("_", 4)
    if len(parts) < 4 or not all(parts[:4]):
        return None
    cat_id, _, user_category = parts[0].partition("-")
    found = _CAT_ID.fullmatch(cat_id)
    if found is None:
        return None
    vendor_category, dash, fx_name = parts[1].partition("-")
    if not dash:
        vendor_category, fx_name = "", parts[1]
    main = CATEGORIES.get(found[1], found[1].lower())
    words = dict.fromkeys(word.lower() for word in _WORDS.findall(_apart(fx_name)) if len(word) > 1)
    return UcsName(
        cat_id=cat_id,
        category=f"{main}/{found[2].lower()}",
        fx_name=fx_name,
        creator=parts[2],
        source=parts[3],
        words=tuple(words),
        user_category=user_category,
        vendor_category=vendor_category,
        user_data=parts[4] if len(parts) > 4 else "",
    )


def _apart(text: str) -> str:
    """``text`` with CamelCase taken apart."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text)
