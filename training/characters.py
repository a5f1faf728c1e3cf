"""Characters of role-playing games, put together from parts: a body, a face, what is worn and what is held.

Everything is drawn in a square of 128; `CHARACTERS` says who wears what. Returned as SVG documents, as the drawings in
`drawings/` are.
"""

from __future__ import annotations

from dataclasses import dataclass

EYES = (54.0, 50.0, 74.0, 50.0, 4.5)
"""Where the eyes of every character are, and their radius."""


@dataclass(frozen=True, slots=True)
class Character:
    """Who is drawn: `cloth` and `trim` colour the clothes, `parts` are names of PARTS from back to front."""

    names: tuple[str, ...]
    parts: tuple[str, ...]
    skin: str = "#f6c79b"
    cloth: str = "#3d6fc4"
    trim: str = "#f2c14b"
    hair: str = "#6b3f1f"
    keywords: tuple[str, ...] = ()


BODY = (
    '<path fill="{dark}" d="M46 96h14v22H42zM68 96h14l4 22H68z"/>'
    '<path fill="#4a2c14" d="M40 112h20v8H38zM68 112h20l2 8H68z"/>'
    '<path fill="{shade}" d="M44 72L28 92l8 8 14-16zM84 72l16 20-8 8-14-16z"/>'
    '<circle fill="{skin}" cx="31" cy="96" r="7"/><circle fill="{skin}" cx="97" cy="96" r="7"/>'
    '<path fill="{cloth}" d="M42 72c8-6 36-6 44 0l4 34c-14 6-38 6-52 0z"/>'
    '<path fill="{shade}" d="M66 68c8 0 16 2 20 4l4 34c-8 4-16 5-24 5z"/>'
    '<path fill="{trim}" d="M39 92c16 5 34 5 50 0l1 7c-16 5-36 5-52 0z"/>'
    '<path fill="#5a3316" d="M58 91h12v10H58z"/>'
)
HEAD = (
    '<path fill="{skin}" d="M64 18c18 0 29 12 29 29S82 77 64 77 35 64 35 47s11-29 29-29z"/>'
    '<ellipse fill="#1d1420" cx="54" cy="50" rx="4.2" ry="5.6"/><ellipse fill="#1d1420" cx="74" cy="50" rx="4.2" ry="5.6"/>'
    '<circle fill="#fff" cx="52.6" cy="47.6" r="1.7"/><circle fill="#fff" cx="72.6" cy="47.6" r="1.7"/>'
)
PARTS = {
    "body": BODY,
    "head": HEAD,
    "smile": '<path fill="none" stroke="#7a2f22" stroke-width="2.6" stroke-linecap="round" d="M58 64c4 3 8 3 12 0"/>',
    "frown": '<path fill="none" stroke="#1d1420" stroke-width="3.4" stroke-linecap="round" d="M46 41l12 4M82 41l-12 4"/>'
    '<path fill="none" stroke="#5a1f18" stroke-width="2.6" stroke-linecap="round" d="M58 66c4-3 8-3 12 0"/>',
    "tusks": '<path fill="#fff8e0" d="M52 68l3-10 5 9zM76 68l-3-10-5 9z"/>',
    "grin": '<path fill="#3a1010" d="M50 60c8 4 20 4 28 0-1 9-7 13-14 13s-13-4-14-13z"/><path fill="#fff" d="M53 62l4 5 3-4zM68 63l3 4 4-5z"/>',
    "long-ears": '<path fill="{skin}" d="M38 44L8 30c2 18 14 28 30 26zM90 44l30-14c-2 18-14 28-30 26z"/>'
    '<path fill="#c2705a" opacity=".6" d="M36 47L16 37c3 9 10 14 20 14zM92 47l20-10c-3 9-10 14-20 14z"/>',
    "hair": '<path fill="{hair}" d="M34 50C30 26 44 12 64 12s34 14 30 38c-4-10-8-16-16-18-12 6-28 6-36 0-4 4-7 10-8 18z"/>',
    "long-hair": '<path fill="{hair}" d="M32 84C26 40 36 10 64 10s38 30 32 74H78V50H50v34z"/>',
    "beard": '<path fill="{hair}" d="M36 52c2 8 6 8 12 8 8-4 24-4 32 0 6 0 10 0 12-8 4 22-8 46-28 50-20-4-32-28-28-50z"/>'
    '<path fill="#7a2f22" d="M58 68c4 3 8 3 12 0-1 5-11 5-12 0z"/>',
    "moustache": '<path fill="{hair}" d="M64 60c-8-4-16 0-18 6 8 2 14 0 18-3 4 3 10 5 18 3-2-6-10-10-18-6z"/>',
    "cape": '<path fill="{trim}" d="M42 70h44l22 48c-28 6-60 6-88 0z"/>',
    "dark-cape": '<path fill="#2b1d3f" d="M42 70h44l20 48c-26 6-58 6-84 0z"/>',
    "robe": '<path fill="{cloth}" d="M42 70c8-4 36-4 44 0l14 50H28z"/><path fill="{shade}" d="M66 68c8 0 16 1 20 2l14 50H72z"/>'
    '<path fill="{trim}" d="M28 120l2-8c22 4 46 4 68 0l2 8zM60 68h8v46h-8z"/>'
    '<path fill="{shade}" d="M44 72L26 94l12 8 14-16zM84 72l18 22-12 8-14-16z"/>'
    '<circle fill="{skin}" cx="31" cy="97" r="7"/><circle fill="{skin}" cx="97" cy="97" r="7"/>',
    "plate": '<path fill="#7f8da1" d="M40 72c8-6 40-6 48 0l2 22c-14 8-38 8-52 0z"/><path fill="#c3cfdd" d="M42 72c7-5 17-5 22-5v32c-8 0-18-1-25-6z"/>'
    '<path fill="#5f6d82" d="M28 74c2-8 14-10 18-4l-2 14-14 2zM100 74c-2-8-14-10-18-4l2 14 14 2z"/>'
    '<path fill="#dfe8f2" d="M30 74c3-5 10-6 14-3l-4 6zM98 74c-3-5-10-6-14-3l4 6z"/>',
    "visor-helmet": '<path fill="{trim}" d="M64 4c14-4 34 2 40 22-8-4-14-2-20 2z"/><path fill="#6f7f95" d="M64 12c20 0 32 14 32 34v22l-12 12H44L32 68V46c0-20 12-34 32-34z"/>'
    '<path fill="#b7c4d4" d="M64 15c18 0 29 12 29 31H35c0-19 11-31 29-31z"/><path fill="#e5edf5" d="M56 17c-10 3-16 12-18 24 5-10 12-15 20-17z"/>'
    '<path fill="#1b222c" d="M38 44h52v12H38z"/><circle fill="#ffe9a0" cx="54" cy="50" r="3.4"/><circle fill="#ffe9a0" cx="74" cy="50" r="3.4"/>'
    '<path fill="#f2c14b" d="M61 14h6v66h-6z"/><path fill="#1b222c" d="M46 62h3v10h-3zM53 63h3v11h-3zM72 63h3v11h-3zM79 62h3v10h-3z"/>',
    "open-helmet": '<path fill="#6f7f95" d="M64 8c22 0 34 16 34 40v20H86V48H42v20H30V48C30 24 42 8 64 8z"/><path fill="#b7c4d4" d="M64 11c19 0 30 13 31 33H33c1-20 12-33 31-33z"/>'
    '<path fill="#f2c14b" d="M30 42h68v7H30zM60 8h8v34h-8z"/>',
    "horned-helmet": '<path fill="#f3e2bd" d="M34 34C14 32 8 18 12 4c6 10 16 14 28 16zM94 34c20-2 26-16 22-30-6 10-16 14-28 16z"/>'
    '<path fill="#6f7f95" d="M64 8c20 0 32 14 32 34H32C32 22 44 8 64 8z"/><path fill="#b7c4d4" d="M60 10c-14 2-22 12-24 26h20z"/><path fill="#8a5a2c" d="M30 36h68v8H30zM60 8h8v30h-8z"/>',
    "wizard-hat": '<path fill="{cloth}" d="M30 36C42 30 50 4 78 0c-6 8-2 20 20 36z"/><path fill="{shade}" d="M64 32c4-12 6-24 14-32-6 8-2 20 20 36z"/>'
    '<path fill="{shade}" d="M14 36c20-10 80-10 100 0-18 12-82 12-100 0z"/><path fill="{trim}" d="M34 28c16 7 44 7 60 0l4 8c-18 8-50 8-68 0z"/>'
    '<path fill="{trim}" d="M62 8l2 5 5 1-4 3 1 5-4-3-5 3 2-5-4-4h5z"/>',
    "witch-hat": '<path fill="#2a1f3d" d="M34 34C46 28 52 8 70-2c-2 8 12 20 26 36z"/><path fill="#2a1f3d" d="M10 36c22-12 86-12 108 0-20 12-88 12-108 0z"/><path fill="{trim}" d="M36 28c16 6 42 6 56 0l4 7c-18 7-46 7-64 0z"/><path fill="#f2c14b" d="M57 27h14v10H57zM60 30v4h8v-4z" fill-rule="evenodd"/>',
    "hood": '<path fill="{shade}" d="M64 4c24 4 40 26 36 58-2 12-8 18-14 20 6-18 4-44-22-48-26 4-28 30-22 48-6-2-12-8-14-20C24 30 40 8 64 4z"/>'
    '<path fill="{cloth}" d="M64 4c20 4 34 22 34 48-6-20-16-28-34-30-18 2-28 10-34 30C30 26 44 8 64 4z"/>',
    "mask": '<path fill="#24202e" d="M36 56c18 6 38 6 56 0 0 12-12 22-28 22S36 68 36 56z"/>',
    "bandana": '<path fill="#d11f35" d="M34 36C38 18 50 12 64 12s26 6 30 24c-18-6-42-6-60 0z"/><path fill="#d11f35" d="M92 32l20-4-8 12 6 8-18-6z"/><circle fill="#fff" cx="50" cy="24" r="3"/><circle fill="#fff" cx="66" cy="20" r="3"/><circle fill="#fff" cx="80" cy="26" r="3"/>',
    "eye-patch": '<path fill="none" stroke="#1d1420" stroke-width="3" d="M36 38l56 14"/><ellipse fill="#1d1420" cx="74" cy="50" rx="9" ry="8"/>',
    "pirate-hat": '<path fill="#221d2b" d="M64 2c18 0 24 10 30 20 10 0 20 4 26 12-30 10-82 10-112 0 6-8 16-12 26-12 6-10 12-20 30-20z"/><path fill="none" stroke="#f2c14b" stroke-width="3" d="M10 33c32 9 76 9 108 0"/><path fill="#fff" d="M64 8c6 0 9 4 9 8 0 3-2 4-3 5v4h-12v-4c-1-1-3-2-3-5 0-4 3-8 9-8z"/><circle fill="#221d2b" cx="61" cy="16" r="2"/><circle fill="#221d2b" cx="67" cy="16" r="2"/>',
    "crown": '<path fill="#d9981c" d="M38 32L34 6l16 12L64 0l14 18L94 6l-4 26z"/><path fill="#ffcf4d" d="M40 28L37 12l14 11L64 6l13 17 14-11-3 16z"/><path fill="#d9981c" d="M36 28h56v8H36z"/><circle fill="#e0243f" cx="64" cy="27" r="4"/><circle fill="#2f8bff" cx="48" cy="29" r="3"/><circle fill="#2f8bff" cx="80" cy="29" r="3"/>',
    "halo": '<ellipse fill="none" stroke="#ffdf5e" stroke-width="5" cx="64" cy="9" rx="24" ry="6"/>',
    "straw-hat": '<path fill="#d9a441" d="M8 34c20-10 92-10 112 0-22 10-90 10-112 0z"/><path fill="#f0c765" d="M38 32C38 10 48 4 64 4s26 6 26 28c-16 5-36 5-52 0z"/><path fill="#c2452d" d="M38 25c16 5 36 5 52 0v8c-16 5-36 5-52 0z"/>',
    "skull": '<path fill="#f1ead8" d="M64 14c20 0 32 13 32 31 0 12-6 18-12 20v14H44V65c-6-2-12-8-12-20 0-18 12-31 32-31z"/><path fill="#d5ccb4" d="M44 65h40v14H44z"/><ellipse fill="#1d1420" cx="52" cy="48" rx="8.5" ry="9.5"/><ellipse fill="#1d1420" cx="76" cy="48" rx="8.5" ry="9.5"/><path fill="#1d1420" d="M64 56l4 8h-8zM50 68h2.5v11H50zM58 68h2.5v11H58zM66 68h2.5v11H66zM74 68h2.5v11H74z"/><circle fill="#ff4d3d" cx="52" cy="49" r="3"/><circle fill="#ff4d3d" cx="76" cy="49" r="3"/>',
    "bones": '<path fill="none" stroke="#f1ead8" stroke-width="7" stroke-linecap="round" d="M64 78v26M46 84h36M48 94h32M46 80L30 96M82 80l16 16M58 106l-8 12M70 106l8 12"/><path fill="#d5ccb4" d="M50 102h28l-6 10H56z"/><path fill="#f1ead8" d="M42 114h16v7H40zM70 114h16l2 7H70z"/><circle fill="#f1ead8" cx="30" cy="97" r="6"/><circle fill="#f1ead8" cx="98" cy="97" r="6"/>',
    "bandages": '<path fill="none" stroke="#c9bd98" stroke-width="2.5" d="M36 36c18 8 38 6 56-4M36 62c18 8 38 8 56 0M42 24c14 4 30 4 44 0M40 78c16 6 32 6 48 0M40 88c16 6 32 4 50-2M39 100c18 4 34 4 50-2M46 106l14 4M70 110l14-4"/><path fill="#2a2216" d="M42 42h44v15H42z"/><circle fill="#ffe14a" cx="54" cy="50" r="4"/><circle fill="#ffe14a" cx="74" cy="50" r="4"/>',
    "sword": '<path fill="#dfe9f3" d="M93 84V26l5-10 5 10v58z"/><path fill="#a9b9cc" d="M98 16l5 10v58h-5z"/><path fill="#d99a1c" d="M84 82h28v7H84z"/><path fill="#6a3718" d="M94 89h8v16h-8z"/><circle fill="#d99a1c" cx="98" cy="107" r="5"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "dagger": '<path fill="#dfe9f3" d="M94 90V62l4-8 4 8v28z"/><path fill="#a9b9cc" d="M98 54l4 8v28h-4z"/><path fill="#5a3316" d="M88 88h20v5H88zM95 93h6v12h-6z"/><circle fill="{hand}" cx="98" cy="98" r="6.5"/>',
    "cutlass": '<path fill="#dfe9f3" d="M94 90C92 60 98 40 116 24c2 24-4 46-14 66z"/><path fill="#a9b9cc" d="M116 24c2 24-4 46-14 66h-4c8-20 14-42 18-66z"/><path fill="#d99a1c" d="M86 86h24c4 8 0 14-6 14-1-4-4-6-8-6z"/><circle fill="{hand}" cx="98" cy="97" r="6.5"/>',
    "katana": '<path fill="#e8eff6" d="M95 86C97 50 102 24 112 6c3 26-3 56-11 80z"/><path fill="#2b2438" d="M88 84h20v5H88z"/><path fill="#2b2438" d="M94 89h8v26h-8z"/><circle fill="{hand}" cx="98" cy="97" r="6.5"/>',
    "staff": '<path fill="#6a3d1a" d="M95 34h7v86h-7z"/><path fill="#9a6230" d="M95 34h3v86h-3z"/><circle fill="#2f8bff" cx="98" cy="26" r="13"/><circle fill="#8cc6ff" cx="94" cy="22" r="5"/><path fill="#f2c14b" d="M84 30c4 12 24 12 28 0l2 6c-4 12-28 12-32 0z"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "skull-staff": '<path fill="#3a2a1a" d="M95 34h7v86h-7z"/><path fill="#f1ead8" d="M98 10c10 0 15 7 15 15 0 6-3 9-5 10v7H88v-7c-2-1-5-4-5-10 0-8 5-15 15-15z"/><circle fill="#46e06a" cx="92" cy="26" r="4"/><circle fill="#46e06a" cx="104" cy="26" r="4"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "holy-staff": '<path fill="#d99a1c" d="M95 40h7v80h-7z"/><path fill="#ffcf4d" d="M94 8h9v12h12v9h-12v16h-9V29H82v-9h12z"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "axe": '<path fill="#6a3d1a" d="M95 30h7v86h-7z"/><path fill="#8fa0b3" d="M92 32C84 26 78 24 76 20v36c2-4 8-6 16-8zM105 32c8-6 14-8 16-12v36c-2-4-8-6-16-8z"/><path fill="#dfe9f3" d="M80 26l-4-6v36l4-6zM117 26l4-6v36l-4-6z"/><path fill="#5b6778" d="M91 28h15v22H91z"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "club": '<path fill="#6a3d1a" d="M94 104l-6-54c-2-14 22-14 20 0l-6 54z"/><path fill="#9a6230" d="M94 104l-6-54c-1-8 6-11 10-11v65z"/><path fill="#c7d2de" d="M84 50l6 3-5 4zM112 50l-6 3 5 4zM90 66l5 3-4 4z"/><circle fill="{hand}" cx="98" cy="97" r="6.5"/>',
    "hammer": '<path fill="#6a3d1a" d="M95 50h7v66h-7z"/><path fill="#59667a" d="M78 30h40v24H78z"/><path fill="#a9b8ca" d="M78 30h40v7H78z"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "spear": '<path fill="#6a3d1a" d="M96 24h5v98h-5z"/><path fill="#dfe9f3" d="M98.500 0l8 22-8 10-8-10z"/><path fill="#a9b9cc" d="M98.500 0l8 22-8 10z"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "bow": '<path fill="none" stroke="#f0ead8" stroke-width="1.800" d="M90 44v84"/><path fill="none" stroke="#7a4519" stroke-width="6" stroke-linecap="round" d="M90 46c30 16 30 62 0 80"/><circle fill="{hand}" cx="108" cy="88" r="6.5"/>',
    "quiver": '<path fill="#8a4b1f" d="M84 50l14-8 16 40-14 6z"/><path fill="#e8414e" d="M86 40l6-12 6 10zM98 36l8-10 4 12z"/>',
    "shield": '<path fill="#d99a1c" d="M30 78c7 4 13 5 20 5 0 20-6 32-20 38-14-6-20-18-20-38 7 0 13-1 20-5z"/><path fill="{cloth}" d="M30 84c5 3 10 4 15 4 0 15-5 24-15 29-10-5-15-14-15-29 5 0 10-1 15-4z"/><path fill="#f2c14b" d="M28 88h4v9h9v4h-9v12h-4v-12h-9v-4h9z"/>',
    "book": '<path fill="#6b1f2a" d="M16 84h28v28H16z"/><path fill="#f2e6c9" d="M19 87h22v22H19z"/><path fill="#c2452d" d="M14 82h28v26H14z"/><path fill="#f2c14b" d="M26 88h4v5h5v4h-5v7h-4v-7h-5v-4h5z"/><circle fill="{hand}" cx="31" cy="108" r="6"/>',
    "fork": '<path fill="#8a5a2c" d="M96 40h5v82h-5z"/><path fill="none" stroke="#8593a6" stroke-width="4" stroke-linecap="round" d="M86 14v16c0 12 24 12 24 0V14M98 12v28"/><circle fill="{hand}" cx="98" cy="96" r="6.5"/>',
    "apron": '<path fill="#8a5a2c" d="M50 72h28l6 34c-12 5-28 5-40 0z"/><path fill="#6a3d1a" d="M54 92h20v10H54z"/>',
    "samurai-helmet": '<path fill="#f2c14b" d="M64 22C54 14 40 10 34-2c2 16 12 26 26 30zM64 22C74 14 88 10 94-2c-2 16-12 26-26 30z"/><path fill="#8f1622" d="M64 12c20 0 31 12 32 30l14 14-16 2-6-12H40l-6 12-16-2 14-14c1-18 12-30 32-30z"/><path fill="#c2263a" d="M64 14c18 0 28 10 29 26H35c1-16 11-26 29-26z"/>',
    "leaf-crown": '<path fill="none" stroke="#3f9a45" stroke-width="6" d="M36 36c16-8 40-8 56 0"/><path fill="#57b84e" d="M40 34c-8-4-10-12-6-18 6 4 8 10 6 18zM52 30c-4-6-4-14 2-18 4 6 4 12-2 18zM76 30c4-6 4-14-2-18-4 6-4 12 2 18zM88 34c8-4 10-12 6-18-6 4-8 10-6 18z"/>',
}
"""Parts by name; "{skin}" and the like are colours of the character. "{hand}" is its skin, or a glove."""

CHARACTERS = {
    "knight": Character(("knight", "paladin"), ("cape", "body", "plate", "visor-helmet", "shield", "sword"), cloth="#2f66c0", trim="#c9263c", keywords=("armor", "warrior", "gladiator", "crusader", "templar")),
    "soldier": Character(("soldier", "guard", "sentry"), ("body", "plate", "head", "smile", "open-helmet", "shield", "spear"), cloth="#8f2d2d", keywords=("army", "legionary", "spearman")),
    "wizard": Character(("wizard", "mage", "sorcerer"), ("robe", "head", "beard", "wizard-hat", "staff"), cloth="#5a35b0", trim="#f2c14b", hair="#e9e6df", keywords=("warlock", "magician", "enchanter")),
    "witch": Character(("witch",), ("long-hair", "robe", "head", "smile", "witch-hat", "staff"), cloth="#4a2f6b", trim="#7bd04a", hair="#e0662a", skin="#cfe3a8", keywords=("hag", "sorceress")),
    "goblin": Character(("goblin",), ("long-ears", "body", "head", "frown", "grin", "dagger"), skin="#6fb544", cloth="#7a4a24", trim="#4f2d12", keywords=("gremlin", "kobold")),
    "orc": Character(("orc",), ("long-ears", "body", "plate", "head", "frown", "tusks", "club"), skin="#4f8a3a", cloth="#5a3a1e", trim="#3b2412", keywords=("ork", "brute")),
    "troll": Character(("cave troll",), ("body", "long-ears", "head", "frown", "grin", "club"), skin="#7d93a8", cloth="#5a4a30", trim="#3b2412", keywords=("giant",)),
    "skeleton": Character(("skeleton", "skeleton warrior"), ("bones", "skull", "sword", "shield"), cloth="#6b2a2a", skin="#f1ead8", keywords=("undead", "bones")),
    "necromancer": Character(("necromancer", "lich"), ("robe", "skull", "hood", "skull-staff"), cloth="#3a2a55", trim="#46e06a", skin="#f1ead8", keywords=("dark wizard",)),
    "rogue": Character(("rogue", "thief", "assassin"), ("dark-cape", "body", "head", "mask", "hood", "dagger"), cloth="#3f4a3c", trim="#6b4a22", keywords=("bandit", "burglar", "spy")),
    "archer": Character(("archer", "ranger", "hunter"), ("quiver", "body", "head", "smile", "hood", "bow"), cloth="#3f8f45", trim="#6b4a22", keywords=("bowman", "woodsman", "scout")),
    "cleric": Character(("cleric", "priest", "healer"), ("robe", "head", "smile", "hair", "halo", "book", "holy-staff"), cloth="#f1eee6", trim="#e0b33a", hair="#b98246", keywords=("monk", "bishop", "saint")),
    "barbarian": Character(("barbarian", "viking"), ("body", "head", "frown", "beard", "horned-helmet", "axe"), cloth="#8a5a2c", trim="#3b2412", hair="#c9642a", keywords=("berserker", "norse")),
    "dwarf": Character(("dwarf",), ("body", "plate", "head", "beard", "open-helmet", "hammer"), cloth="#8f2d2d", hair="#b5522a", keywords=("gnome", "miner")),
    "blacksmith": Character(("blacksmith", "smith"), ("body", "apron", "head", "hair", "moustache", "hammer"), cloth="#a5432f", hair="#33241a", keywords=("craftsman",)),
    "pirate": Character(("pirate",), ("body", "head", "smile", "beard", "eye-patch", "pirate-hat", "cutlass"), cloth="#b0283a", trim="#3b2412", hair="#3b2412", keywords=("buccaneer", "captain", "corsair")),
    "bandit": Character(("bandit", "brigand"), ("body", "head", "frown", "bandana", "dagger"), cloth="#6b5a3a", trim="#3b2412", keywords=("robber", "outlaw", "highwayman")),
    "samurai": Character(("samurai",), ("body", "plate", "head", "frown", "samurai-helmet", "katana"), cloth="#2d2f4a", trim="#c2263a", keywords=("ronin", "shogun")),
    "king": Character(("king",), ("cape", "robe", "head", "beard", "crown", "holy-staff"), cloth="#8f1f3f", trim="#f2c14b", hair="#b98246", keywords=("monarch", "emperor", "ruler")),
    "queen": Character(("queen",), ("long-hair", "cape", "robe", "head", "smile", "crown", "staff"), cloth="#7a2a8f", trim="#f2c14b", hair="#e0b33a", keywords=("empress",)),
    "villager": Character(("villager", "peasant"), ("body", "apron", "head", "smile", "straw-hat", "fork"), cloth="#4f8a5a", keywords=("farmer", "commoner", "lumberjack")),
    "mummy": Character(("mummy",), ("body", "head", "bandages"), skin="#e8dfc4", cloth="#e2d8ba", trim="#c9bd98", keywords=("pharaoh",)),
    "druid": Character(("druid", "shaman"), ("robe", "head", "beard", "leaf-crown", "staff"), cloth="#4a7a3a", trim="#8a5a2c", hair="#8a6a45", keywords=("hermit",)),
    "hero": Character(("hero", "adventurer"), ("cape", "body", "head", "hair", "smile", "shield", "sword"), cloth="#2f8f5a", trim="#c9263c", hair="#e0b33a", keywords=("fighter", "warrior", "swordsman")),
    "elf": Character(("elf", "elf archer"), ("long-hair", "long-ears", "quiver", "body", "head", "smile", "bow"), cloth="#3a8f7a", trim="#f2c14b", hair="#f0dc9a", keywords=("elven",)),
    "zombie": Character(("zombie", "undead"), ("body", "head", "hair", "grin"), skin="#8fb573", cloth="#5a5a6b", trim="#3f3a30", hair="#3a4a2a", keywords=("ghoul", "walking dead")),
}  # fmt: skip
"""Characters by the names of their drawings."""


def character_svg(character: Character) -> str:
    """Return a character as an SVG document."""
    colours = {
        "skin": character.skin,
        "hand": character.skin,
        "cloth": character.cloth,
        "shade": darker(character.cloth, 0.78),
        "dark": darker(character.cloth, 0.5),
        "trim": character.trim,
        "hair": character.hair,
    }
    parts = "".join(PARTS[name] for name in character.parts)
    for name, colour in colours.items():
        parts = parts.replace(f"{{{name}}}", colour)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">{parts}</svg>'


def darker(colour: str, share: float) -> str:
    """Return a colour with `share` of its light."""
    return "#" + "".join(f"{round(int(colour[k : k + 2], 16) * share):02x}" for k in (1, 3, 5))
