"""Names beside points, so that no name covers another name or another point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_LINE = 15.0
"""Height of a line of text."""
_LETTER = 6.7
"""Mean width of a letter."""
_SIDES = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1))
_ANCHORS = {-1: "end", 0: "middle", 1: "start"}
_DISTANCES = (10.0, 18.0, 30.0, 44.0, 60.0, 78.0)


class Box(NamedTuple):
    """A rectangle; y grows downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlap(self, other: Box) -> float:
        """Area that both cover."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(width, 0.0) * max(height, 0.0)

    def area(self) -> float:
        """Area of the rectangle."""
        return (self.right - self.left) * (self.bottom - self.top)


class Place(NamedTuple):
    """Where a name goes.

    Attributes:
        x: where the text is anchored.
        y: its base line.
        anchor: which end of the text stands at ``x``: ``start``, ``middle`` or ``end``.
        apart: True where it is so far from its point that a line should join them.
        box: the room it takes.
    """

    x: float
    y: float
    anchor: str
    apart: bool
    box: Box


def place_names(
    points: Sequence[tuple[float, float]], names: Sequence[str], *, frame: Box, taken: Sequence[Box] = ()
) -> list[Place]:
    """A place for each name, near its point, in the order of ``points``.

    Greedy: the most crowded point chooses first; each takes the nearest place that is free, or the least bad one.

    Args:
        points: where the points are.
        names: what they are called.
        frame: names stay inside.
        taken: further room that is not free.
    """
    marks = [Box(x - 7, y - 7, x + 7, y + 7) for x, y in points]
    order = sorted(range(len(points)), key=lambda index: -_crowd(points, index))
    placed: dict[int, Place] = {}
    for index in order:
        others = [box for number, box in enumerate(marks) if number != index]
        room = [*others, *taken, *(place.box for place in placed.values())]
        placed[index] = min(_candidates(points[index], names[index]), key=lambda found: _cost(found, room, frame))
    return [placed[index] for index in range(len(points))]


def _candidates(point: tuple[float, float], name: str) -> list[Place]:
    width = _LETTER * len(name)
    found: list[Place] = []
    for distance in _DISTANCES:
        for right, down in _SIDES:
            x = point[0] + right * distance
            left = x - (width if right < 0 else width / 2 if right == 0 else 0)
            middle = point[1] + down * distance * (1.3 if right == 0 else 1)
            box = Box(left - 2, middle - _LINE / 2, left + width + 2, middle + _LINE / 2)
            found.append(Place(x, middle + 4, _ANCHORS[right], distance > _DISTANCES[1], box))
    return found


def _cost(place: Place, room: Sequence[Box], frame: Box) -> float:
    covered = sum(place.box.overlap(box) for box in room)
    outside = place.box.area() - place.box.overlap(frame)
    return covered + 10 * outside + (0.5 if place.apart else 0)


def _crowd(points: Sequence[tuple[float, float]], index: int) -> float:
    x, y = points[index]
    return sum(1 / (1 + (x - a) ** 2 + (3 * (y - b)) ** 2) for a, b in points)
