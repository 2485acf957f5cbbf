"""Who has which item, by a plain model of the steps alone: it reads no store, knows no fold and shares no code with either."""
from dataclasses import dataclass, field

OWNERS = ("ann", "bob", "cleo", "dan")


@dataclass
class Assignment:
    """One tenure of one owner; `state` as the decision stands, or how it ended."""

    item: str
    owner: str
    since: float
    state: str = "assigned"
    left_out: tuple[str, ...] = ()                        # whom whoever asked for the decision wanted left out


@dataclass
class Oracle:
    """The holders by item, and every decision or imported assignment by id; `held`: what the book says of held items."""

    held: str
    made: dict[str, Assignment] = field(default_factory=dict)
    holder: dict[str, str] = field(default_factory=dict)
    gave_back: set[tuple[str, str]] = field(default_factory=set)

    def owner(self, item: str) -> str | None:
        """Who has an item."""
        return self.made[self.holder[item]].owner if item in self.holder else None

    def give(self, name: str, item: str, owner: str, since: float, left_out: tuple[str, ...] = ()) -> None:
        """An owner gets an item; whoever had it has it no longer."""
        self.end(self.holder.get(item), "reassigned")
        self.made[name] = Assignment(item=item, owner=owner, since=since, left_out=left_out)
        self.holder[item] = name

    def propose(self, name: str, item: str, owner: str | None, left_out: tuple[str, ...], state: str = "proposed") -> None:
        """A decision that gave nobody anything."""
        self.made[name] = Assignment(item=item, owner=owner or "", since=0.0, left_out=left_out,
                                     state=state if owner else "queued")

    def end(self, name: str | None, how: str) -> None:
        """An assignment ends, if it had not."""
        if name is not None and self.holds(name):
            one = self.made[name]
            del self.holder[one.item]
            one.state = how
            if how == "rejected":
                self.gave_back.add((one.item, one.owner))

    def holds(self, name: str) -> bool:
        """Whether an item is held by this very assignment."""
        return self.holder.get(self.made[name].item) == name

    def may_accept(self, name: str) -> bool:
        """Whether the owner of a decision can take the item on."""
        one = self.made[name]
        other = self.owner(one.item)
        if one.state == "proposed":
            return other is None or (self.held == "move" and other != one.owner)
        return one.state == "assigned"

    def accept(self, name: str, since: float) -> None:
        """Taken on; a proposal is given first."""
        one = self.made[name]
        if not self.holds(name):
            self.give(name, one.item, one.owner, since, one.left_out)
        self.made[name].state = "accepted"

    def may_reject(self, name: str) -> bool:
        """Whether the owner of a decision can still say no."""
        return self.made[name].state in ("proposed", "assigned")

    def reject(self, name: str) -> None:
        """Given back, or not wanted."""
        self.end(name, "rejected")
        self.made[name].state = "rejected"
        self.gave_back.add((self.made[name].item, self.made[name].owner))

    def may_override(self, name: str, owner: str) -> bool:
        """Whether a person can give the item of a decision to an owner."""
        one = self.made[name]
        proposed = one.state == "proposed" and one.owner == owner
        return one.state not in ("reassigned", "closed", "overridden") and self.owner(one.item) != owner and not proposed

    def override(self, name: str, new: str, owner: str, since: float) -> None:
        """Given by a person, from whoever had it."""
        self.give(new, self.made[name].item, owner, since, self.made[name].left_out)
        self.made[name].state = "overridden"

    def may_be_passed_over(self, item: str, owner: str, left_out: tuple[str, ...]) -> bool:
        """Whether the item need not go to an owner: asked to be left out, or gave it back before."""
        return owner in left_out or (item, owner) in self.gave_back

    def loads(self) -> dict[str, int]:
        """How many items everyone has."""
        found: dict[str, int] = {}
        for item in self.holder:
            owner = self.owner(item)
            found[owner] = found.get(owner, 0) + 1
        return found
