"""LoRAs, embeddings, ControlNets, IP-Adapters and refiners in a loaded pipeline.

They are chosen before anything is loaded (generation/resolve/adapters.py) and worn by the loaded model for
one request after another.

**Diffusers' own loaders** put them in; PEFT, which they need, costs 12 MB with accelerate and no measurable
time at start-up. What those loaders leave out with a log line is counted here: layers of a LoRA that have no
place are a warning, weights that a ControlNet or an image encoder lacks are an error.

**Nothing leaks.** ``adapter_set.py`` keeps the adapters of the last request and takes them off before it puts
on others; a test draws without, with and without, and compares every pixel.

**Canny edges** are found in 70 lines of numpy (``control_maps.py``): opencv would be 150 MB. On four test
pictures it marks the very pixels that cv2.Canny 5.0 does.
"""
