import pytest

from rules.errors import Refused, SettingsError, StoreError
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


def test_wrong_settings_are_told_when_they_are_needed(tmp_path):
    folder = small_company.build(tmp_path / "ws")
    (folder / "rightful.toml").write_text("[mode]\nranking = 'x'\n")
    with pytest.raises(SettingsError, match="mode.ranking"):
        _ = Workspace.at(folder).settings
