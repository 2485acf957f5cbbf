import pytest

from rules.errors import Refused, SettingsError, StoreError
from serving.runtime.live import Live
from serving.runtime.workspace import Workspace
from tests.serving import small_company


def test_a_folder_that_is_no_workspace_is_refused_and_left_alone(tmp_path):
    with pytest.raises(Refused, match="rightful init"):
        Workspace.at(tmp_path)
    with pytest.raises(Refused, match="there is no folder"):
        Workspace.at(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def test_the_store_is_made_on_first_use_inside_the_folder(tmp_path):
    workspace = Workspace.at(small_company.build(tmp_path / "ws"))
    assert not (workspace.folder / "rightful.db").exists()
    assert workspace.store.head().last_seq == 0
    assert (workspace.folder / "rightful.db").exists()
    workspace.close()


@pytest.mark.parametrize("name", ["with space", "ümlaut", "per%cent", "quest?ion"])
def test_a_folder_of_any_name_will_do(tmp_path, name):
    workspace = Workspace.at(small_company.build(tmp_path / name))
    workspace.store.set_ranking("rotation", "test")
    workspace.close()
    assert (tmp_path / name / "rightful.db").stat().st_size > 0


def test_the_settings_and_the_environment_name_another_store(tmp_path, monkeypatch):
    folder = small_company.build(tmp_path / "ws")
    (folder / "rightful.toml").write_text(f'[store]\nurl = "sqlite:///{tmp_path / "settings.db"}"\n')
    with_settings = Workspace.at(folder)
    assert with_settings.store.head().last_seq == 0
    with_settings.close()
    monkeypatch.setenv("RIGHTFUL_STORE_URL", f"sqlite:///{tmp_path / 'environment.db'}")
    with_environment = Workspace.at(folder)
    assert with_environment.store.head().last_seq == 0
    with_environment.close()
    assert {path.name for path in tmp_path.glob("*.db")} == {"settings.db", "environment.db"}
    assert not (folder / "rightful.db").exists()


def test_a_store_of_a_kind_not_built_yet_is_refused_without_its_password(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    with pytest.raises(StoreError) as refused:
        _ = Workspace(folder=folder, store_url="postgresql://me:secret@host/db").store
    assert "postgresql" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_short_rows_of_the_directory_are_logged_when_it_is_taken_over(tmp_path, caplog):
    workspace = Workspace.at(small_company.build(tmp_path / "ws"))
    live = Live(workspace)
    assert caplog.messages == []
    owners = workspace.owners_path.read_text()
    workspace.owners_path.write_text(owners + "".join(f"p{number},P,person\n" for number in range(7)))
    live.refresh()
    assert [message.partition(";")[0] for message in caplog.messages] == [
        *(f"owners.csv:{line}: the row has fewer cells than the header, the rest is taken as empty" for line in range(7, 12)),
        "2 more of such rows"]
    assert live.problems == {}
    workspace.close()


def test_wrong_settings_are_told_when_they_are_needed(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    (folder / "rightful.toml").write_text("[mode]\nranking = 'x'\n")
    with pytest.raises(SettingsError, match="mode.ranking"):
        _ = Workspace.at(folder).settings
