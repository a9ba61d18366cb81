"""Questions of the feature images; made by docs/routes.py."""

from __future__ import annotations

from ..asking import Asking


class ImagesQuestions(Asking):
    """Questions of the feature `images`."""

    def image(self, id: int | str, *, image_set: str = "validation") -> bytes:
        """An image of the validation set.

        Args:
            id: Identifier of an image.
            image_set: Name of an image set.

        Example:
            >>> run.image('100')[1:4]
            b'PNG'
        """
        return self._file("image", {"id": id, "image_set": image_set})
