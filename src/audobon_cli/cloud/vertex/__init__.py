"""Training jobs of Vertex AI: one CustomJob a run, with one machine.

Vertex AI begins the container again by itself when its machine is taken away; the job's time-out goes on meanwhile, so
that it bounds all attempts together. A CustomJob cannot be given a name by whoever makes it: a run is looked for by its
label before it is made, and again after an answer was lost. Should two have been made nevertheless, the second is
cancelled, its container does nothing, and both are counted.
"""
