"""MLflow in and out: a model version per bundle, the aliases champion and challenger, and where artifacts lie.

MLflow records, it decides nothing: the store's champion row is the truth and the alias follows it; serving never loads
through MLflow. The local database (SQLite beside mlruns/) would hold absolute artifact paths, so they are made absolute
when it is opened and relative to the workspace when it is closed: a workspace can be copied or moved.
"""
import contextlib
import fcntl
import logging
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rules.digests import without_prefix
from rules.errors import Refused
from serving.runtime.workspace import Workspace

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT, BUNDLE_TAG = "rightful", "rightful.bundle"
DATABASE, ARTIFACTS = "mlflow.db", "mlruns"
#: Where MLflow 3 keeps artifact addresses: (table, column, key columns).
ADDRESSES = (("experiments", "artifact_location", ("experiment_id",)), ("runs", "artifact_uri", ("run_uuid",)),
             ("model_versions", "source", ("name", "version")), ("model_versions", "storage_location", ("name", "version")),
             ("logged_models", "artifact_location", ("model_id",)))
#: MLflow must reach nothing outside and say nothing of itself.
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet",
         "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true", "MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING": "false"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelVersion:
    """One registered model: its number, bundle, when it was made, its aliases and headline figures."""

    objective: str
    number: str
    bundle_hash: str
    created_at: datetime
    aliases: tuple[str, ...]
    signal: str
    gain: str


def model_name(objective: str) -> str:
    """The registry's name of an objective's model."""
    return f"rightful-{objective}"


@contextlib.contextmanager
def tracking(workspace: Workspace) -> Iterator["MlflowClient"]:
    """A client of the workspace's MLflow, local or, where settings name a tracking_uri, on a server."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient  # takes seconds to import: only when it is used

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if workspace.settings.tracking_uri:
        yield MlflowClient(tracking_uri=workspace.settings.tracking_uri, registry_uri=workspace.settings.tracking_uri)
        return
    folder = workspace.folder.resolve()
    with (folder / f".{DATABASE}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        address = f"sqlite:///{folder / DATABASE}"
        _rewrite(folder, (folder / ARTIFACTS).as_posix())
        try:
            yield MlflowClient(tracking_uri=address, registry_uri=address)
        finally:
            _rewrite(folder, ARTIFACTS)


def _rewrite(folder: Path, root: str) -> None:
    """Let every artifact address in the local database begin with this root."""
    if not (folder / DATABASE).exists():
        return
    with contextlib.closing(sqlite3.connect(folder / DATABASE, timeout=30)) as connection, connection:
        there = {name for (name,) in connection.execute("select name from sqlite_master where type = 'table'")}
        for table, column, keys in ADDRESSES:
            if table not in there:
                continue
            where = " and ".join(f"{key} = ?" for key in keys)
            rows = connection.execute(f"select {column}, {', '.join(keys)} from {table}").fetchall()
            for address, *key in rows:
                placed = _place(address, root)
                if placed != address:
                    connection.execute(f"update {table} set {column} = ? where {where}", (placed, *key))


def _place(address: str | None, root: str) -> str | None:
    """An address under another root; those that do not lie in an mlruns folder stay as they are."""
    if address is None or "://" in address and not address.startswith("file://"):
        return address
    parts = address.removeprefix("file://").split("/")
    if ARTIFACTS not in parts:
        return address
    last = len(parts) - 1 - parts[::-1].index(ARTIFACTS)
    return "/".join([root, *parts[last + 1:]])


def versions_of(client: "MlflowClient", objective: str) -> list:
    """MLflow's own entries of an objective's versions, oldest first."""
    found = client.search_model_versions(f"name = '{model_name(objective)}'")
    return sorted(found, key=lambda version: int(version.version))


def point_aliases(client: "MlflowClient", objective: str, champion: str | None) -> None:
    """`champion` follows the store; `challenger` is the newest version when that is another one."""
    versions = versions_of(client, objective)
    if not versions:
        return
    name = model_name(objective)
    held = {version.tags.get(BUNDLE_TAG): str(version.version) for version in versions}
    wanted = {"champion": held.get(champion), "challenger": str(versions[-1].version)}
    if wanted["challenger"] == wanted["champion"]:
        wanted["challenger"] = None
    now = client.get_registered_model(name).aliases
    for alias, version in wanted.items():
        if version is None and alias in now:
            client.delete_registered_model_alias(name, alias)
        elif version is not None and str(now.get(alias)) != version:
            client.set_registered_model_alias(name, alias, version)


def follow_champion(workspace: Workspace, objective: str) -> None:
    """Point the aliases where the store's champion row says."""
    with tracking(workspace) as client:
        point_aliases(client, objective, workspace.store.champion(objective))


def versions(workspace: Workspace, objective: str) -> tuple[ModelVersion, ...]:
    """Every registered version of an objective, oldest first."""
    with tracking(workspace) as client:
        if not client.search_registered_models(filter_string=f"name = '{model_name(objective)}'"):
            return ()
        aliases = client.get_registered_model(model_name(objective)).aliases
        return tuple(ModelVersion(
            objective=objective, number=str(found.version), bundle_hash=found.tags.get(BUNDLE_TAG, ""),
            created_at=datetime.fromtimestamp(found.creation_timestamp / 1000, tz=UTC),
            aliases=tuple(sorted(alias for alias, at in aliases.items() if str(at) == str(found.version))),
            signal=found.tags.get("rightful.signal", ""), gain=found.tags.get("rightful.gain", ""),
        ) for found in versions_of(client, objective))


def find_version(workspace: Workspace, objective: str, wanted: str) -> ModelVersion:
    """The version of a number, of a bundle hash (or its beginning), or `latest`; Refused when there is none."""
    known = versions(workspace, objective)
    if not known:
        raise Refused(f"there is no model of `{objective}` yet; make one with `rightful train --objective {objective}`")
    if wanted == "latest":
        return known[-1]
    bare = without_prefix(wanted)
    for version in known:
        if version.number == wanted or (len(bare) >= 8 and without_prefix(version.bundle_hash).startswith(bare)):
            return version
    numbers = ", ".join(f"`{version.number}`" for version in known)
    raise Refused(f"given version `{wanted}` of `{objective}`, expected `latest`, a bundle's hash, or one of {numbers}")
