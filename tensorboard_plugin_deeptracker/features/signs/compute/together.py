"""Signs of one cause -> one sign with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .sign import Sign


def together(found: Iterable[Sign], slack: int = 0) -> list[Sign]:
    """The signs with those that have the same cause as their evidence, most severe first.

    Of one kind, what holds at the same time is one entry, the most severe one's; and what a kind
    explains is evidence of it from when it begins on.

    Args:
        found: In any order.
        slack: By how many iterations rules may differ in when they see the same.
    """
    ordered = sorted(found, key=_order)
    causes: list[tuple[Sign, list[Sign]]] = []
    for sign in ordered:
        same = next((own for one, own in causes if _is_same(one, sign)), None)
        if same is None:
            causes.append((sign, []))
        else:
            same.append(sign)
    left = list(causes)
    # Causes of causes first.
    for one, own in causes:
        cause = next((other for other in left if _explains(other[0], one, slack)), None)
        if cause is not None:
            left = [each for each in left if each[0] is not one]
            cause[1].extend((one, *own))
    return [one.standing_for(list(_unique(own))) for one, own in left]


def _order(sign: Sign) -> tuple[float, int, tuple[str, ...]]:
    return -sign.severity, sign.first_step, tuple(str(each) for each in sign.about)


def _is_same(one: Sign, other: Sign) -> bool:
    return (
        one.kind is other.kind
        and one.first_step <= other.last_step
        and other.first_step <= one.last_step
    )


def _explains(cause: Sign, sign: Sign, slack: int) -> bool:
    if cause.severity < 0.5 or cause is sign:
        return False
    every = "*" in cause.kind.explains and cause.kind is not sign.kind
    if not every and sign.kind.name not in cause.kind.explains:
        return False
    # What was there long before is not explained by it.
    return sign.first_step >= cause.first_step - slack


def _unique(signs: list[Sign]) -> Iterator[Sign]:
    seen: set[int] = set()
    for sign in signs:
        if id(sign) not in seen:
            seen.add(id(sign))
            yield sign
