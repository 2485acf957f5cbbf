"""When an owner is away, as somebody says it over the API: in place of what was on record, from one transaction on."""
from collections.abc import Sequence

import orjson

from rules.digests import letters
from rules.directory.files import ABSENCE_COLUMNS
from rules.directory.merge import merge_rows
from rules.errors import StaleMatch
from rules.model import Directory
from rules.refdata.times import format_moment
from rules.tabular import Row as TableRow
from serving.runtime.directory_changes import Texts, change_directory
from serving.runtime.live import Live
from serving.runtime.replay import UnknownOwner

FILE = "absences.csv"
Row = dict[str, str | None]


def put_absences(live: Live, owner_id: str, rows: Sequence[dict[str, str]], *, actor: str, if_match: str | None) -> Directory:
    """The directory with these absences of an owner and no others. StaleMatch where they are not as the caller read them."""
    def edit(texts: Texts, before: Directory) -> Texts:
        if owner_id not in before.owners:
            raise UnknownOwner(f"there is no owner `{owner_id}`")
        tag = absence_rows(before, owner_id)[1]
        if if_match is not None and "*" not in if_match and tag not in [given.strip() for given in if_match.split(",")]:
            raise StaleMatch(f"the absences of `{owner_id}` have changed since they were read: given If-Match `{if_match}`, "
                             f"they stand at `{tag}`; read them again")
        if not rows and FILE not in texts:
            return texts
        mine = [TableRow(line=0, cells={"owner_id": owner_id, **row}) for row in rows]
        merged = merge_rows(texts.get(FILE, ""), mine, key="owner_id", columns=ABSENCE_COLUMNS, drop={owner_id})
        return {**texts, FILE: merged.text}

    return change_directory(live.workspace, edit, actor=actor, adopt=live.adopt_directory).directory


def absence_rows(directory: Directory, owner_id: str) -> tuple[list[Row], str]:
    """An owner's absences as data, and the ETag that changes with them."""
    rows = [{"from": format_moment(absence.span.starts), "to": format_moment(absence.span.ends), "reason": absence.reason or None}
            for absence in directory.absences.get(owner_id, ())]
    return rows, f'"{letters(orjson.dumps([owner_id, rows]))[:24]}"'
