"""Assets made of other assets by operations, whatever their medium: running, filing, replacing, replaying.

**An operation is a frozen dataclass** (``operation.py``): its fields are its parameters, ``run`` gives a product and
depends on nothing else. ``registry.py`` knows where each is, and imports one only when it is asked for. A new one is a
class in ``sprites/`` or ``sounds/``, a line there and a command.

**A derived asset carries its operation, parameters and parents**; a sheet's page or a slice's piece is the
same operation with another number. So ``replay.py`` is: parents first, run, compare with the stored bytes, store what
differs.

**Replacing** keeps the asset's id and puts what it was into the trash as an asset of its own. A derived
asset that is replaced loses its derivation: nobody's painting is overwritten by a replay.

**The same bytes**: files are written with fixed settings; the packages that decide them are named in the
record, and a replay that differs though its parents do not says which of them changed. Between processors the
last bit of a colour may differ.
"""
