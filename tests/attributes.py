"""What an object of a class with slots holds, whether the class is compiled or not."""


def attributes(kind: type) -> tuple[str, ...]:
    """The names of the class's attributes."""
    names: tuple[str, ...] | None = getattr(kind, "__mypyc_attrs__", None)
    return names or kind.__slots__  # type: ignore[attr-defined]


def described(thing: object) -> list[object]:
    """The values of the object's attributes, in the order of their names."""
    return [getattr(thing, name) for name in sorted(attributes(type(thing)))]
