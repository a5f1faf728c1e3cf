"""Words that change a thing rather than name it: colours, materials, attributes, and what stands between two things."""

import re
import unicodedata

COLOURS = {
    "red": "red", "crimson": "red", "scarlet": "red", "ruby": "red", "orange": "orange", "amber": "orange",
    "topaz": "orange", "yellow": "yellow", "green": "green", "emerald": "green", "lime": "green", "cyan": "cyan",
    "teal": "cyan",
    "turquoise": "cyan", "aqua": "cyan", "blue": "blue", "azure": "blue", "navy": "blue", "sapphire": "blue",
    "purple": "purple", "violet": "purple", "amethyst": "purple",
    "indigo": "purple", "pink": "pink", "magenta": "pink",
    "rose": "pink", "black": "black", "dark": "black", "obsidian": "black", "white": "white", "pale": "white",
    "brown": "brown", "grey": "grey", "gray": "grey",
}  # fmt: skip
"""Colour words, and the colours that recolour.py knows."""

MATERIALS = {
    "golden": "golden", "gold": "golden", "gilded": "golden", "silver": "silver", "silvery": "silver",
    "iron": "iron", "steel": "iron", "tin": "iron", "metal": "iron", "metallic": "iron", "wooden": "wooden",
    "wood": "wooden", "oak": "wooden", "stone": "stone",
    "rocky": "stone", "marble": "stone", "granite": "stone", "rusty": "rusty",
    "rusted": "rusty", "copper": "copper", "bronze": "copper", "brass": "copper", "icy": "icy", "ice": "icy",
    "glass": "glass", "crystal": "glass", "diamond": "glass", "lava": "lava", "molten": "lava", "magma": "lava",
    "bone": "bone", "ivory": "bone", "leather": "wooden",
}  # fmt: skip
"""Material words, and the materials that recolour.py knows."""

ATTRIBUTES = {
    "cute": "cute", "adorable": "cute", "kawaii": "cute", "chibi": "cute", "baby": "cute", "sweet": "cute",
    "angry": "angry", "furious": "angry", "mad": "angry", "fierce": "angry", "aggressive": "angry", "evil": "evil",
    "wicked": "evil", "cursed": "evil", "demonic": "evil", "spooky": "haunted", "scary": "evil", "sinister": "evil",
    "sleepy": "sleepy", "sleeping": "sleepy", "tired": "sleepy", "happy": "happy", "smiling": "happy",
    "cheerful": "happy", "friendly": "happy", "sad": "sad", "crying": "sad", "burning": "burning",
    "flaming": "burning", "fiery": "burning", "fire": "burning", "blazing": "burning", "frozen": "frozen",
    "frosty": "frozen", "snowy": "frozen", "old": "old", "ancient": "old", "worn": "old", "dusty": "old",
    "elderly": "old", "broken": "broken", "cracked": "broken", "shattered": "broken", "damaged": "broken",
    "tiny": "tiny", "small": "tiny", "little": "tiny", "mini": "tiny", "giant": "giant", "huge": "giant",
    "big": "giant", "large": "giant", "enormous": "giant", "glowing": "glowing", "magic": "glowing",
    "magical": "glowing", "enchanted": "glowing", "shiny": "glowing", "holy": "glowing", "poisonous": "poisonous",
    "poison": "poisonous", "poisoned": "poisonous", "toxic": "poisonous", "venomous": "poisonous",
    "haunted": "haunted", "freezing": "frozen", "ruined": "broken", "rotten": "old",
}  # fmt: skip
"""Attribute words, and the rules of attributes.py."""

CONNECTORS = {
    "with": "held", "holding": "held", "carrying": "held", "wielding": "held", "wearing": "worn", "and": "beside",
    "beside": "beside", "near": "beside", "versus": "beside", "vs": "beside", "on": "on", "riding": "on",
    "atop": "on", "sitting": "on", "above": "above", "over": "above", "under": "under", "below": "under",
    "in": "in", "inside": "in", "filled": "filled",
}  # fmt: skip
"""Words between two things, and how the first stands to the second."""

NAMED_COLOURS = {
    ("potion", "health"): "red", ("potion", "healing"): "red", ("potion", "stamina"): "green",
    ("potion", "energy"): "yellow", ("potion", "love"): "pink",
}  # fmt: skip
"""Colours that players expect of a thing (first) of which a word (second) is said."""

CLOTHES = frozenset(
    {
        "armor",
        "armour",
        "cloak",
        "cape",
        "robe",
        "shirt",
        "dress",
        "coat",
        "jacket",
        "tunic",
        "suit",
        "uniform",
    }
)
"""Words for what covers a body: who is drawn so wears them rather than stands in front of them."""

WORN = frozenset(
    {"crown", "hat", "top hat", "helmet", "cap", "wizard hat", "glasses", "sunglasses", "headphone", "bow tie",
     "knight helmet", "woman's hat", "viking helmet", "halo", "billed cap", "party hat"}
)  # fmt: skip
"""Things that go on a head, with "with" too."""

PASSED_OVER = frozenset(
    {"a", "an", "the", "of", "some", "one", "his", "her", "its", "their", "my", "your", "very", "pixel", "art",
     "sprite", "icon", "game", "style", "picture", "image", "drawing", "draw", "for", "to", "from", "at", "by",
     "is", "that", "which", "made"}
)  # fmt: skip
"""Words that say nothing about a picture."""


def words_of(text: str) -> list[str]:
    """The words of ``text``, lower case, without accents and the possessive."""
    plain = unaccented(text.lower()).replace("\u2019", "'").replace("'s ", " ")
    return [word for word in re.findall(r"[a-z0-9]+", plain) if word not in PASSED_OVER]


def unaccented(text: str) -> str:
    """``text`` with letters in place of those with accents: the words of drawings have none."""
    if text.isascii():
        return text
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
