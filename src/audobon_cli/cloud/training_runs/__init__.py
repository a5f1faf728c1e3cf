"""Training runs on other people's machines: ordered, followed, and filed here.

A run stays a job of the queue here, with its folder; the machine that trains it gets the frozen run and its pictures by
their digests, all of it objects that are only ever created. What it leaves at the place is mirrored into the folder as
it comes: measurements, samples, and in the end the result, or the last checkpoint. So a run that ends early anywhere
goes on from its checkpoint anywhere, here too.

Which service runs it makes no difference here: see `jobs.py` and `services.py` beside this folder. An attempt that is
taken away is begun again by the service and goes on from the last checkpoint at the place. While a run is elsewhere,
its record lies in its folder: nobody trains it here meanwhile. The record goes when the job is done, so that a kill at
any moment files nothing twice.
"""
