"""Spellings of one path: the vendor has old and new names for locations and chains."""


def of_company(path: str) -> list[str]:
    """A path under a location."""
    return [f"/{owner}/{{location_id:str}}{path}" for owner in ("company", "locations")]


def of_chain(path: str) -> list[str]:
    """A path under a chain."""
    return [f"/{owner}/{{chain_id:str}}{path}" for owner in ("chain", "chains")]
