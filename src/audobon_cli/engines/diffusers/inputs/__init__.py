"""Input images, masks and seamless textures for a pipeline.

`--init-image` and `--mask` go to the sibling pipelines of diffusers (``from_pipe``), on the components in
memory. What is black in the mask stays pixel for pixel; diffusers alone would pass it through the
autoencoder.

Opaque models get the picture scaled to cover the size, its middle kept, on white where it is transparent.
Sprites are fitted whole, centred on clear ground, by exact repetition or averaging where the ratio is whole.

**Sprites**: stock pipelines take a picture of four channels for latents, and the inpainting one wants a UNet
of 4 or 9 channels. So image-to-image gets the autoencoder's latents at the one place where it would make
them, and the mask is heeded after each step, as inpainting does (``image_to_image.py``).

On a GPU, the noise over an input picture is drawn in the weights' number format, unlike the noise of a
drawing from words: the same seed is another picture there.

`--tile` (``seamless.py``) makes the convolutions of UNet and autoencoder wrap around along an axis, for one
call. Then shifting the starting noise shifts the picture, which the tests hold to 0.001. Transformers know
places, and refuse.
"""
