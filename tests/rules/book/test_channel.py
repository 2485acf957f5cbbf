"""Channel: how a rule says that the customer is to be contacted, in the book and in a decision table."""
from rules.loading import require_book
from tests.rules.what_next import book, files, route


def table_book(attribute, table):
    text = files()["rulebook.yaml"].replace("    rules:\n      - {id: leads, when: {kind: lead}, to: sales}\n",
                                            "    table: t.csv\n", 1)
    return require_book({"rulebook.yaml": text.replace("  tier:", f"{attribute}  tier:", 1), "t.csv": table})


def test_a_rule_says_how_the_customer_is_contacted():
    assert route(book("{id: leads, to: sales, channel: call, playbook: demo}")).channel == "call"
    assert route(book("{id: leads, to: sales}")).channel is None


def test_a_table_has_a_column_for_it():
    found = route(table_book("", "id,kind,to,channel,playbook\na,lead,sales,call,demo\n"))
    assert (found.rule, found.channel, found.playbook) == ("a", "call", "demo")


def test_where_the_book_has_an_attribute_of_that_name_the_column_is_the_attribute():
    the_book = table_book("  channel: {enum: [inbound, outbound]}\n", "id,channel,to\na,inbound,sales\nb,outbound,success\n")
    found = route(the_book, channel="outbound")
    assert (found.rule, found.channel) == ("b", None)
