"""The kinds of compliance rules that take an item, or its contact, from people: the one place that names them."""
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemKind:
    """What a kind takes (`forbid: item` or `contact`), how its reason begins, and what the reference says of it.

    `needs`: the type of attribute that its `when` must ask for. `meant_by`: the type that, where no kind is said, means
    this one; the first kind of what is taken is meant otherwise.
    """

    takes: str
    phrase: str
    meaning: str
    needs: str | None = None
    meant_by: str | None = None


ITEM_KINDS = {
    "sanctions": ItemKind(
        takes="item", phrase="the item may not be worked on",
        meaning="Sanctions (`forbid: item`): an item that nobody may work on, whoever would own it. An item whose country is "
                "unknown cannot be shown to be clear, and is held as well."),
    "unsupported_country": ItemKind(
        takes="item", phrase="not served there", needs="country",
        meaning="Unsupported country (`forbid: item, kind: unsupported_country`): nobody works where the company does not do "
                "business. A country that is unknown cannot be shown to be served, unless the rule says `if_missing: skip`."),
    "consent": ItemKind(
        takes="contact", phrase="contact is forbidden",
        meaning="Consent (`forbid: contact`): nobody contacts whoever did not agree. What is not known to be agreed is not "
                "agreed. The item leaves people's hands and goes where the rule sends it."),
    "do_not_contact": ItemKind(
        takes="contact", phrase="contact is forbidden", meant_by="flag",
        meaning="Do not contact (`forbid: contact` on a flag): whoever asked to be left alone is left alone. A flag that is "
                "not recorded counts as raised, unless the rule says `if_missing: skip`."),
}
