"""Game art from pictures: operations on pixels, sheets, and replaying what was made.

**An operation is a frozen dataclass** (``operations/operation.py``): its fields are its parameters, ``run``
gives pixels and depends on nothing else. ``registry.py`` knows them by name. A new one is a class, a line
there and a command.

**A derived asset carries its operation, parameters and parents**; a sheet's page or a slice's piece is the
same operation with another number. A palette drawn up from a set is an asset of its own, and a parent of what
it was applied to. So ``replay.py`` is: parents first, run, compare with the stored bytes, store what differs.

**Replacing** keeps the asset's id and puts what it showed into the trash as an asset of its own. A derived
asset that is replaced loses its derivation: nobody's painting is overwritten by a replay.

**The same bytes**: PNGs are written with fixed settings; the packages that decide them are named in the
record, and a replay that differs though its parents do not says which of them changed. Between processors the
last bit of a colour may differ.
"""
