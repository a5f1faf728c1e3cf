"""The pictures that sprite operations work on, decoded or only measured."""

from audobon_cli.derivations.sources import Reader, Source
from audobon_cli.domain.media import IMAGE
from audobon_cli.media.image.pixels import DecodedImage
from audobon_cli.media.untrusted.decoding import measure


class PictureReader(Reader):
    """Reads sources that are pictures."""

    def picture(self, source: Source) -> DecodedImage:
        """The decoded picture. Raises PictureUnusable, BlobMissing or BlobCorrupt."""
        content = self.content(source, IMAGE)
        assert isinstance(content, DecodedImage), "the medium of images decodes to them"
        return content

    def frames_and_pixels(self, source: Source) -> tuple[int, int]:
        """How many frames a source has, and pixels in all of them; nothing is decoded. Raises as ``picture``."""
        if self.holds(source):
            picture = self.picture(source)
            return len(picture.frames), picture.width * picture.height * len(picture.frames)
        width, height, frames = measure(self.data(source), source.name, source.is_from_outside)
        return frames, width * height * frames
