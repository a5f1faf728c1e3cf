"""Engines that draw elsewhere: one mechanism for all that can go wrong, and what it costs.

`--provider` sends a request to somebody else's GPU. The picture goes the same way through checks and library;
what differs is who draws it. docs/providers.md is for users.

**A request names its place by its model.** ``generation/resolve/remote.py`` makes every choice for a
service's model, as ``generation/resolve/local.py`` does here, and refuses what the service would ignore;
``Model.remote`` then holds the entry of the service's preset. ``engines/routing.py`` gives each request to
its engine; a ``RemoteEngine`` keeps the contract of the local one.

**One mechanism for everything that can go wrong**: ``call.py``. A picture is one ``submit``, then ``poll``
and ``fetch``. Every failure is a ``ProviderFailure`` with a kind and an answer to "is it billed?". ``submit``
is repeated only if surely nothing was taken (no connection, 408, 429, 503), or if the service makes nothing
of repetitions (``idempotent``); when the answer was lost, ``recover`` finds out what became of it. ``poll``
and ``fetch`` cost nothing and are repeated. Waiting is tenacity's with Retry-After before its own pauses; the
breaker (5 failures in a row, a minute, per server) is one for all processes of the user (``breakers.py``); the rate
is a token bucket that slows down by itself at 429. All of it within the time of the quality or `--timeout`;
``Deadline.bounded`` leaves a call behind that does not come back, so that an SDK without limits is bounded too.

**Side by side**: where servers are one's own, as many pictures are on their way as there are servers
(``render_together`` starts them, each in a thread; its events are sent when it is its turn). Services that
bill draw one picture at a time: what is on its way when a run is stopped is paid for.

**Money** is counted in micro-dollars in the user's own ledger (``ledger.py``, usage/audobon.db in the data
folder): not in a library, because the budget of a month holds across projects. A row is written, in one
transaction with the look at the budget, before the request goes out; it counts until it is settled, and for
good when nobody knows what happened. So processes side by side never pass the budget together. A bad picture
that was paid for is not bought again (``retries`` is for local models).

**The receipt** (provider, model, request id, price, and the places that failed before) is in the recipe, but
not in the recipe's digest: it is known only afterwards, and a picture bought before must be found.

**Keys** are ``domain.secrets.Secret``, which shows itself as ``***``; ``redact`` cleans messages of services
that quote keys, and the log. A key goes to the service's own host only, not to where files lie.

**SDKs build and sign requests, what comes back is judged here.** openai, google-genai and huggingface_hub get
an httpx2 client for each picture (``sdk_http.py``) that turns statuses into failures before the SDK sees
them, ends with the picture's time, and takes no compressed, redirected or endless answer; botocore is told to
try once. So nothing is ever sent a second time by a library. For previews the same call runs into a client
that stops at the socket: what is shown is what would be sent. ``synchronous.py`` holds what services have in
common that answer with the picture.
"""
