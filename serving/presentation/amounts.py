"""Amounts as people read them."""


def amount(number: float, *, sign: str = "") -> str:
    """A score or a term: whole numbers from 100 on, four digits below."""
    return f"{number:{sign},.0f}" if abs(number) >= 100.0 else f"{number:{sign}.4g}"
