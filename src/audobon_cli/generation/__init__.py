"""Making pictures: run, candidates, checks, results that are there already.

docs/architecture.md follows a picture through it. What is here besides the run itself:

**A recipe's digest is known before the run.** ``engines/runtimes.py`` tells scheduler,
device class, number format, library versions and the model's digest from files and package metadata, without
torch. With them ``cache.py`` computes the recipe and looks it up by an index: a picture that was made before
comes from the library in some tenths of a second. `--redraw` draws it again, and so does a stored file that is
damaged or in the trash. A guess of the device that is wrong costs a run, never a wrong picture: the recipe
found is the one of the request.

**A bad seed is remembered** (``rejections``, by recipe digest), so that the picture of its retry seed is
found by the seed of the request, but never taken for it where the bad one was not tried.

**Drawing ahead** (``batching.py``) is an engine around the engine. It knows which pictures come next, draws
those of one ``drawing_key`` with ``Engine.render_together``, and hands them out one by one, so that checks,
retries, adding and fallbacks stay as they are. How many is the forecast's answer (vram/batch_size.py): one on
processors. In one call each prompt is encoded by itself and the embeddings joined, so that padding never
depends on the neighbours; prompts whose embeddings have not one shape are drawn alone.

**Side by side** (``side_by_side.py``) is the same where the engine may be asked from several threads: the built-in
model on processors. Each picture has a thread; what is told of one waits until it is asked for, so that events, files
and errors come in the order of drawing one after the other. As many as ``engines/threads.py`` says.

**Input images** are added as assets of the kind ``input`` before the first picture is drawn
(``input_images.py``); recipes name them by hash, so that the picture can be made again without the original.

**Providers that fail** (``provider_fallback.py``): ``ResolvedRequest.fallbacks`` holds the same picture at
the other places of `--fallback`, all resolved and checked before the run.

**Time** (``timeout.py``): a quality's ``timeout_seconds`` (20 minutes for ``ultra``) or `--timeout` bounds
one picture, loading excepted, and is looked at after every step: a single step is never cut short. Status 33;
finished pictures stay.

**Seeds.** Retries of a bad picture use ``seed + 1000003``, so that the retry of one picture is never the seed
of the next, and does not depend on how many were wanted. Candidates use ``seed + 15485863 k``, with another
prime: no candidate is a retry, or the candidate of another picture.
"""
