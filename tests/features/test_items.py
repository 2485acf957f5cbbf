"""Items as vectors, for the model of the item's own quality."""
import numpy as np

from features.matrix import ItemField, item_fields, item_vector
from rules.book.cell_types import Attribute, Band
from rules.model import Fact, WorkItem
from tests.features.histories import START, item

BANDS = (Band(name="SMB", low=1, high=249), Band(name="ENT", low=250, high=None))
ATTRIBUTES = {one.name: one for one in (
    Attribute(name="kind", type="enum", values=("lead",)),
    Attribute(name="country", type="country"),
    Attribute(name="employees", type="bands", values=("SMB", "ENT"), bands=BANDS),
    Attribute(name="churn_band", type="bands", values=("low", "high"), bands=BANDS, source="churn_score"),
    Attribute(name="churn_score", type="number"),
    Attribute(name="region", type="map", values=("EAST", "WEST"), source="state"),
    Attribute(name="industry", type="enum", values=("health", "retail")),
    Attribute(name="vip", type="flag"),
    Attribute(name="postal_code", type="postal"),
    Attribute(name="account", type="account_ref"),
    Attribute(name="notes", type="text"),
)}
SEEN = (item(country="US"), item(country="DE"), item())


def test_fields_follow_the_book_with_seen_values_where_it_lists_none():
    fields = {field.name: field for field in item_fields(ATTRIBUTES, SEEN)}
    assert list(fields) == ["country", "employees_number", "employees", "churn_band", "churn_score", "region", "industry",
                            "vip", "value"]
    assert fields["country"].values == ("DE", "US")
    assert fields["employees"].ordered and fields["employees"].values == ("SMB", "ENT")
    assert not fields["industry"].ordered and fields["industry"].read == "code"
    assert "country" not in {field.name for field in item_fields(ATTRIBUTES)}


def test_a_vector_holds_codes_and_numbers_and_nan_where_nothing_is_known():
    fields = item_fields(ATTRIBUTES, SEEN)
    of = WorkItem(item_id="i", kind="lead", received_at=START, facts={
        "country": Fact(value="US"), "employees": Fact(value="ENT", number=1200.0), "churn_score": Fact(value=0.3, number=0.3),
        "industry": Fact(value="retail"), "vip": Fact(value=False), "value": Fact(value=25000.0, number=25000.0)})
    vector = item_vector(of, fields)
    assert vector.dtype == np.float64
    np.testing.assert_array_equal(vector, [1, 1200, 1, np.nan, 0.3, np.nan, 1, 0, 25000])


def test_a_list_is_a_field_for_each_of_its_members():
    fields = item_fields({"products": Attribute(name="products", type="list", values=("cloud", "edge", "care"))})
    assert [field.name for field in fields] == ["products_cloud", "products_edge", "products_care", "value"]
    np.testing.assert_array_equal(item_vector(item(products="cloud; care"), fields), [1, 0, 1, np.nan])
    assert np.isnan(item_vector(item(), fields)).all()


def test_unknown_and_absent_values_are_nan():
    fields = item_fields(ATTRIBUTES, SEEN)
    assert np.isnan(item_vector(item(), fields)).all()
    assert np.isnan(item_vector(item(country="FR", industry="mining"), fields)).all()


def test_a_field_named_by_hand_reads_its_attribute():
    field = ItemField(name="size", attribute="employees", read="number")
    assert item_vector(item(employees=7.0), (field,)).tolist() == [7.0]
