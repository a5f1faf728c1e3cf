"""One file a provider.

A new one consists of

1. its preset in presets/providers/: title, key variables, address, documented rate, models. Every price,
   limit and end date in a table with ``source`` and ``checked``; a test holds them to it. ``parameters`` maps
   what a request may ask for to the service's names: what is missing there is refused beforehand.
   ``qualities`` and ``sizes`` are what a quality and a size send. A retired model stays, with
   ``[models.X.lifecycle] ends, successor``.
2. a file here: a class that takes a ``ProviderAccess`` and implements ``protocol.Provider``. It builds the
   request (``preview`` gives it without sending; ``parameters.model_parameters`` gives what the preset says),
   speaks to the service with ``http.ProviderHttp`` or its SDK (retries of the SDK switched off), and turns
   each failure into a ``ProviderFailure``. It neither waits nor retries, and says where its key comes from
   (``credentials``, an SDK's own chain included) without a connection. A service that answers with the
   picture returns a ``RemoteJob`` that is done. ``replicate.py`` is the model of one.
3. a line in ``registry.py``; an extra in pyproject.toml if there is an SDK (``extra`` in the preset names
   it).
4. a double of the server in ``tests/doubles/``, a ``ServiceDouble`` with documented replies and a bill of its
   own, and a rig in tests/providers/rigs.py. Every fault is then tried on it, and `python -m tests.providers`
   writes the table in docs/providers.md.
"""
