"""A workspace: one folder of files a person can read, with its settings and its store."""
import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from sqlalchemy import URL

from rules.errors import Refused
from rules.refdata.postal_places import PostalPlaces
from serving.runtime.settings import FILE, Settings, load_settings
from serving.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Workspace:
    """Where things stand in a folder. It keeps no absolute path, so that the folder may be copied or moved.

    `store` opens the database when it is first used; `settings` reads rightful.toml then.
    """

    folder: Path
    store_url: str | None = field(default_factory=lambda: os.environ.get("RIGHTFUL_STORE_URL"))

    @classmethod
    def at(cls, folder: Path | str) -> "Workspace":
        """The workspace of an existing folder; Refused when it is none."""
        path = Path(folder)
        if not path.is_dir():
            raise Refused(f"there is no folder `{path}`; expected a workspace, make one with `rightful init {path}`")
        workspace = cls(folder=path)
        if not any(known.exists() for known in (workspace.rulebook_path, workspace.owners_path, path / FILE)):
            raise Refused(f"`{path}` is no workspace: it holds neither `rulebook.yaml` nor `owners.csv`; "
                          f"name one with --workspace DIR, or make one with `rightful init DIR`")
        return workspace

    @property
    def rulebook_path(self) -> Path:
        """The rule book's main file."""
        return self.folder / "rulebook.yaml"

    @property
    def owners_path(self) -> Path:
        """Everyone who can own something."""
        return self.folder / "owners.csv"

    @property
    def bundles(self) -> Path:
        """Promoted model bundles by hash."""
        return self.folder / "bundles"

    @cached_property
    def settings(self) -> Settings:
        """What rightful.toml says."""
        return load_settings(self.folder / FILE)

    @cached_property
    def postal_places(self) -> PostalPlaces | None:
        """The file of places that rightful.toml names, None where it names none; Refused where there is no such file."""
        name = self.settings.postal_places
        if name is None:
            return None
        path = self.folder / name
        if not path.is_file():
            raise Refused(f"`{FILE}` names `{name}` as `geography.postal_places`, and there is no such file; "
                          "take a file of postal codes in GeoNames' form, or the setting out")
        return PostalPlaces(path)

    @cached_property
    def store(self) -> Store:
        """The workspace's store, opened (created or upgraded) on first use."""
        own = URL.create("sqlite", database=str(self.folder / "rightful.db"))
        return Store.open(self.store_url or self.settings.store_url or own)

    def close(self) -> None:
        """Let go of the store, if it was opened."""
        if "store" in self.__dict__:
            self.store.close()
